// How the page talks to the product: JSON both ways, the session in a cookie that this script cannot see.
import { limitMet, say, sayOne } from "/words.js";

/** A refusal: `code`, `field` if one is to blame, a message in the reader's language, and what was `said` in English. */
export class Refused extends Error {
  constructor(status, { code, message, details = {} }) {
    const known = details.cap ? limitMet(details) : sayOne("errors", code);
    super(known === code ? message : known);
    const said = details.field ? message.replace(`${details.field}: `, "") : message;
    Object.assign(this, { status, code, details, said, field: details.field });
  }
}

export async function call(method, path, body, headers = {}) {
  let reply;
  try {
    reply = await fetch(path, {
      method,
      headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused(0, { code: "offline", message: say("offline") });
  }
  if (reply.status === 204) return null;
  const answer = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Refused(reply.status, answer.error ?? { code: "broken", message: reply.statusText });
  return answer;
}

export const get = (path) => call("GET", path);
export const post = (path, body, key) => call("POST", path, body, key ? { "Idempotency-Key": key } : {});

/** A key for something that is to happen once. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
