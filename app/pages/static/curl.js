// The same request as a line for a terminal.

export class CurlView {
  constructor(element) {
    this.element = element;
    this.code = element.querySelector("code");
    this.button = element.querySelector("button");
    this.button.addEventListener("click", () => this.copy());
  }

  show(path, request) {
    this.code.textContent = line(new URL(path, document.baseURI).href, request);
    this.element.hidden = false;
  }

  async copy() {
    const copied = await copyText(this.code);
    this.button.textContent = copied ? "Copied" : "Press Ctrl+C";
    setTimeout(() => (this.button.textContent = "Copy"), 2000);
  }
}

function line(url, { body, headers, file }) {
  const parts = [`curl ${quote(url)}`];
  if (file === undefined) {
    for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quote(`${name}: ${value}`)}`);
    parts.push(`--data-raw ${quote(body)}`);
  } else {
    parts.push(`-F ${quote(`image=@"${file}"`)}`);
  }
  return parts.join(" \\\n  ");
}

// For a POSIX shell, where nothing is special within single quotes but the quote itself.
function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

// The clipboard is there only under HTTPS and on localhost; elsewhere the text is left selected.
async function copyText(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return false;
  }
}
