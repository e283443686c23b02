// One question to the public API. The page has no other way to a model than a client has.

export class Refusal extends Error {
  // status: the reply's, or 0 where none came; retryAfter: its header.
  constructor(message, errors = [], { status = 0, retryAfter = null } = {}) {
    super(message);
    Object.assign(this, { errors, status, retryAfter });
  }
}

// The answer's members with its `text` as it came, how long it took and the request's id.
export async function ask(path, request, signal) {
  const began = performance.now();
  const { text, headers } = await post(path, request, signal);
  const answer = parse(text);
  if (answer === null) throw new Refusal("The service's answer cannot be read.");
  return { ...answer, text, milliseconds: performance.now() - began, requestId: headers.get("X-Request-ID") };
}

// A file of the service's, as a blob.
export async function get(address) {
  const [reply, blob] = await send(address, {}, (reply) => reply.blob());
  if (!reply.ok) throw refusal(reply, await blob.text());
  return blob;
}

// The reply's text and headers. Asks for JSON unless the request's headers ask for something else.
export async function post(path, { body, headers }, signal) {
  const [reply, text] = await send(path, { method: "POST", body, headers: { Accept: "application/json", ...headers }, signal });
  if (reply.ok) return { text, headers: reply.headers };
  throw refusal(reply, text);
}

function refusal({ status, headers }, text) {
  const problem = parse(text);
  return new Refusal(problem?.detail ?? `The service answered with status ${status}.`, problem?.errors, {
    status,
    retryAfter: headers.get("Retry-After"),
  });
}

// A balancer's own errors are often HTML.
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function send(path, options, read = (reply) => reply.text()) {
  try {
    const reply = await fetch(path, options);
    return [reply, await read(reply)];
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("The service did not answer. Is it still running, and are you online?");
  }
}
