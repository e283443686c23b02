// One question to the public API. The page has no other way to a model than a client has.

export class Refusal extends Error {
  constructor(message, errors = []) {
    super(message);
    this.errors = errors;
  }
}

export async function ask(path, { body, headers }, signal) {
  const began = performance.now();
  const reply = await send(path, { method: "POST", body, headers: { Accept: "application/json", ...headers }, signal });
  const answer = await reply.json().catch(() => null);
  if (!reply.ok || answer === null) {
    throw new Refusal(answer?.detail ?? `The service answered with status ${reply.status}.`, answer?.errors);
  }
  return { ...answer, milliseconds: performance.now() - began, requestId: reply.headers.get("X-Request-ID") };
}

async function send(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("The service did not answer. Is it still running, and are you online?");
  }
}
