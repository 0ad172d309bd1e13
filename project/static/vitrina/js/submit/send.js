// One request, and how long to go on trying.

const TRIES = 5;
const LONGEST_WAIT = 120;

/**
 * @typedef {{status: number, body: Record<string, string>, retryAfter: number}} Answer
 *   Status 0: no answer came.
 */

/**
 * Send a form and follow its upload.
 * @param {string} url
 * @param {FormData} fields
 * @param {(share: number) => void} progress called with the share that has been sent
 * @returns {Promise<Answer>}
 */
function post(url, fields, progress) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", fields.get("csrfmiddlewaretoken"));
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    request.addEventListener("loadend", () =>
      done({
        status: request.status,
        body: request.response || {},
        retryAfter: Number(request.getResponseHeader("Retry-After")) || 0,
      }),
    );
    request.send(fields);
  });
}

/**
 * Send a form until an answer comes that another try would not change.
 * @param {string} url
 * @param {FormData} fields
 * @param {{progress?: (share: number) => void, waiting?: (answer: Answer) => void}} [tell]
 * @returns {Promise<Answer>} the last answer
 */
export async function send(url, fields, { progress = () => {}, waiting = () => {} } = {}) {
  for (let tries = 1; ; tries += 1) {
    const answer = await post(url, fields, progress);
    const seconds = answer.retryAfter || 2 ** (tries - 1);
    if (!mayChange(answer) || tries === TRIES || seconds > LONGEST_WAIT) return answer;
    waiting(answer);
    await pause(seconds);
  }
}

function mayChange(answer) {
  return answer.status === 0 || answer.status >= 500 || answer.status === 429;
}

/** Wait, but go on as soon as the network is back. */
function pause(seconds) {
  return new Promise((done) => {
    setTimeout(done, seconds * 1000);
    window.addEventListener("online", done, { once: true });
  });
}
