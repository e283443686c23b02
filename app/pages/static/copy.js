// A button that copies a text, and says so: on itself, and to who listens.

const SHOWN_MS = 2000;
const COPIED = ["Copied", "Copied to the clipboard."];
const SELECTED = ["Selected", "It could not be copied, but is selected: copy it as any other text."];

export class CopyButton {
  // `element` gives the element whose text is meant when the button is pressed; `what` is its name, among many.
  constructor(button, element, what = "") {
    Object.assign(this, { button, what, label: button.textContent });
    this.status = Object.assign(document.createElement("span"), { className: "visually-hidden", role: "status" });
    button.after(this.status);
    button.addEventListener("click", async () => this.say(...((await copy(element())) ? COPIED : SELECTED)));
    this.show(this.label);
  }

  say(short, long) {
    this.show(short);
    this.status.textContent = long;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.show(this.label);
      this.status.textContent = "";
    }, SHOWN_MS);
  }

  show(text) {
    this.button.textContent = text;
    if (this.what) this.button.ariaLabel = `${text}: ${this.what}`;
  }
}

// The clipboard is there only under HTTPS and on localhost; elsewhere the text is selected, and copied as it is.
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}
