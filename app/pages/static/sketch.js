// Strokes of a mouse, a finger or a pen on a canvas. They are kept, so that the last one can be taken back.

const PAUSE = 250; // ms after the pen has lifted: the next stroke of a 4 or a 5 is on its way

export class Sketch {
  // colors: of the ground and of the ink; pen: its width in pixels of the canvas; `onRest` is called when it rests.
  constructor(canvas, { ground, ink, pen }, onRest) {
    Object.assign(this, { canvas, ground, ink, pen, strokes: [] });
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.listen(onRest);
    this.redraw();
  }

  get empty() {
    return !this.strokes.length;
  }

  clear() {
    this.rest();
    this.strokes = [];
    this.redraw();
  }

  undo() {
    this.rest();
    this.strokes.pop();
    this.redraw();
  }

  // A stroke under way ends where it is.
  rest() {
    clearTimeout(this.resting);
    this.pointer = undefined;
  }

  redraw() {
    this.context.fillStyle = this.ground;
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    for (const stroke of this.strokes) stroke.forEach((point, index) => this.line(stroke[Math.max(0, index - 1)], point));
  }

  listen(onRest) {
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.pointer !== undefined) return;
      event.preventDefault();
      clearTimeout(this.resting);
      this.pointer = event.pointerId;
      this.canvas.setPointerCapture(event.pointerId);
      this.strokes.push([]);
      this.extend(event);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      // Between two frames a pen reports more points than one.
      if (event.pointerId === this.pointer) for (const each of coalesced(event)) this.extend(each);
    });
    for (const kind of ["pointerup", "pointercancel"]) {
      this.canvas.addEventListener(kind, (event) => {
        if (event.pointerId !== this.pointer) return;
        this.pointer = undefined;
        this.resting = setTimeout(onRest, PAUSE);
      });
    }
  }

  extend(event) {
    const stroke = this.strokes.at(-1);
    const point = this.point(event);
    this.line(stroke.at(-1) ?? point, point);
    stroke.push(point);
  }

  line(from, to) {
    Object.assign(this.context, { strokeStyle: this.ink, lineCap: "round", lineWidth: to.width });
    this.context.beginPath();
    this.context.moveTo(from.x, from.y);
    this.context.lineTo(to.x, to.y);
    this.context.stroke();
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width;
    // Only a pen's pressure means anything: fingers report whatever the screen makes up.
    const force = event.pointerType === "pen" ? 0.5 + event.pressure : 1;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale, width: this.pen * force };
  }
}

function coalesced(event) {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length ? events : [event];
}
