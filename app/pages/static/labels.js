// A reply names a class twice: as a JSON value, and in Python's words, "True" or "1.0", where its probability stands.

// The key of the label in `shares`; its own text where there are none.
export function classOf(label, shares = {}) {
  const text = String(label);
  if (Object.hasOwn(shares, text)) return text;
  const isSame = (key) => (typeof label === "boolean" ? key.toLowerCase() === text : Number(key) === label);
  return Object.keys(shares).find(isSame) ?? text;
}
