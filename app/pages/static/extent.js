// The values over which a number is varied: what training saw, and a bit beyond.

const MARGIN = 0.05;
const STEPS = 100;
const POINTS = 60;

// low, high, step, and how many decimals a value on the grid has.
export function extent({ minimum, maximum, dtype }) {
  const [least, greatest] = [Number(minimum), Number(maximum)];
  const span = greatest - least || Math.abs(greatest) || 1;
  const power = dtype === "int64" ? 0 : Math.floor(Math.log10(span / STEPS));
  const step = 10 ** power;
  const low = Math.floor((least - MARGIN * span) / step) * step;
  const high = Math.ceil((greatest + MARGIN * span) / step) * step;
  // What was never negative is a length, a count, a price: below zero lies nothing.
  return { low: least >= 0 ? Math.max(0, low) : low, high, step, decimals: Math.min(100, Math.max(0, -power)) };
}

// At most 60 values, as texts that a field could hold.
export function grid({ low, high, step, decimals }) {
  const count = Math.min(POINTS, Math.round((high - low) / step) + 1);
  const values = Array.from({ length: count }, (_, index) => low + (index * (high - low)) / (count - 1));
  return [...new Set(values.map((value) => value.toFixed(decimals)))];
}

// Round numbers from low to high, about as many as asked for.
export function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? 10 * power;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}
