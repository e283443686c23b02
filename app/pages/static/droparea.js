// Files that are dropped anywhere on the page.

export class DropArea {
  // takes: whether these files are meant for it; others are left to whatever else takes files.
  constructor(panel, takes, onFiles) {
    Object.assign(this, { panel, takes, onFiles });
    document.addEventListener("dragover", (event) => this.over(event));
    document.addEventListener("dragleave", (event) => event.relatedTarget ?? this.light(false));
    document.addEventListener("drop", (event) => this.drop(event), { capture: true });
  }

  // Before they are dropped files tell their types only.
  over(event) {
    const { items, types } = event.dataTransfer;
    if (!types.includes("Files")) return;
    event.preventDefault();
    this.light(this.takes([...items].map(({ type }) => ({ name: "", type }))));
  }

  drop(event) {
    this.light(false);
    const files = [...event.dataTransfer.files];
    if (!files.length) return;
    event.preventDefault(); // else the browser would leave the page for the file
    if (!this.takes(files)) return;
    event.stopPropagation();
    event.target.dispatchEvent(new DragEvent("dragleave", { bubbles: true })); // to whom it hovered over
    this.onFiles(files);
  }

  light(on) {
    this.panel.classList.toggle("over", on);
  }
}
