// Tabs as the ARIA practices have them: one in the order of Tab, the arrow keys choose among them.

const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

export class Tabs {
  constructor(list) {
    this.tabs = [...list.querySelectorAll("[role=tab]")];
    for (const tab of this.tabs) tab.addEventListener("click", () => this.choose(tab));
    list.addEventListener("keydown", (event) => this.step(event));
  }

  get panel() {
    return panelOf(this.tabs.find((tab) => tab.ariaSelected === "true"));
  }

  choose(chosen) {
    for (const tab of this.tabs) {
      tab.ariaSelected = tab === chosen;
      tab.tabIndex = tab === chosen ? 0 : -1;
      panelOf(tab).hidden = tab !== chosen;
    }
  }

  step(event) {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    const to = this.tabs.indexOf(event.target) + STEPS[event.key];
    const last = this.tabs.length - 1;
    const tab = this.tabs[Math.abs(STEPS[event.key]) === 1 ? (to + last + 1) % (last + 1) : Math.min(last, Math.max(0, to))];
    this.choose(tab);
    tab.focus();
  }
}

function panelOf(tab) {
  return document.getElementById(tab.getAttribute("aria-controls"));
}
