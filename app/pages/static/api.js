// One question to the public API. The page has no other way to a model than a client has.

export class Refusal extends Error {
  constructor(message, errors = []) {
    super(message);
    this.errors = errors;
  }
}

// The answer's members with its `text` as it came, how long it took and the request's id.
export async function ask(path, { body, headers }, signal) {
  const began = performance.now();
  const reply = await send(path, { method: "POST", body, headers: { Accept: "application/json", ...headers }, signal });
  const text = await reply.text().catch(() => ""); // it broke off
  const answer = parse(text);
  if (!reply.ok || answer === null) {
    throw new Refusal(answer?.detail ?? `The service answered with status ${reply.status}.`, answer?.errors);
  }
  return { ...answer, text, milliseconds: performance.now() - began, requestId: reply.headers.get("X-Request-ID") };
}

// A balancer's own errors are often HTML.
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function send(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("The service did not answer. Is it still running, and are you online?");
  }
}
