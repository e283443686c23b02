// A button that copies a text.

const SHOWN_MS = 2000;

export class CopyButton {
  // `element` gives the element whose text is meant when the button is pressed.
  constructor(button, element) {
    this.button = button;
    this.label = button.textContent;
    button.addEventListener("click", async () => this.say((await copy(element())) ? "Copied" : "Press Ctrl+C"));
  }

  say(text) {
    this.button.textContent = text;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.button.textContent = this.label), SHOWN_MS);
  }
}

// The clipboard is there only under HTTPS and on localhost; elsewhere the text is left selected.
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return false;
  }
}
