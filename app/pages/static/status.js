// Keeps the status up to date: asks for the page anew and takes over what it tells. Without it there is a link.

const SECONDS = 5;

class Status {
  #timer = 0;
  #asking = new AbortController();

  constructor(pause, readiness) {
    this.pause = pause;
    this.readiness = readiness;
    pause.addEventListener("click", () => this.#press(pause.getAttribute("aria-pressed") !== "true"));
    document.addEventListener("visibilitychange", () => this.follow());
    pause.hidden = false;
  }

  // While nobody looks nothing is asked.
  follow(now = true) {
    clearTimeout(this.#timer);
    this.#asking.abort();
    if (document.hidden || this.pause.getAttribute("aria-pressed") === "true") return;
    if (now) this.#refresh();
    else this.#timer = setTimeout(() => this.#refresh(), 1000 * SECONDS);
  }

  #press(paused) {
    this.pause.setAttribute("aria-pressed", paused);
    this.follow();
  }

  async #refresh() {
    const { signal } = (this.#asking = new AbortController());
    try {
      const reply = await fetch("status", { signal });
      if (!reply.ok) throw new Error(`status ${reply.status}`);
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      if (!signal.aborted) this.#take(page);
    } catch {
      if (!signal.aborted) this.#say("The service does not answer", "readiness");
    }
    if (!signal.aborted) this.follow(false);
  }

  #take(page) {
    const board = document.querySelector("#board");
    const focused = document.activeElement?.id;
    const scrolled = new Map([...board.querySelectorAll(".wide")].map((wide) => [wide.id, wide.scrollLeft]));
    board.replaceChildren(...page.querySelector("#board").childNodes);
    for (const [id, left] of scrolled) board.querySelector(`#${id}`)?.scrollTo({ left, behavior: "instant" });
    if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus({ preventScroll: true });
    const { textContent, className } = page.querySelector("#readiness");
    this.#say(textContent, className);
  }

  // It is a live region: what has not changed is not said again.
  #say(text, className) {
    if (this.readiness.textContent !== text) this.readiness.textContent = text;
    this.readiness.className = className;
  }
}

document.querySelector("#reload").hidden = true;
new Status(document.querySelector("#pause"), document.querySelector("#readiness")).follow(false);
