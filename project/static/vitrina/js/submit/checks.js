// The server's checks, so that nobody waits for an upload to hear that it was in vain.
// The server makes them again, whatever happens here.

/**
 * @typedef {Record<"maxBytes" | "maxPixels" | "maxWebpPixels" | "maxSide" | "minSide", number>} Limits
 */

/**
 * Read the limits that the server has written into the form.
 * @param {HTMLElement} form
 * @returns {Limits}
 */
export function limitsOf(form) {
  const names = ["maxBytes", "maxPixels", "maxWebpPixels", "maxSide", "minSide"];
  return Object.fromEntries(names.map((name) => [name, Number(form.dataset[name])]));
}

/**
 * Say what is wrong with a file as it is.
 * @param {Blob} file
 * @param {import("./header.js").Header | null} header
 * @param {Limits} limits
 * @returns {string} one of the server's codes, or nothing
 */
export function problemOf(file, header, limits) {
  return hopeless(file, header, limits) || tooMuch(file, header, limits);
}

/**
 * Say what is wrong with a file even if it is scaled down.
 * @param {Blob} file
 * @param {import("./header.js").Header | null} header
 * @param {Limits} limits
 * @returns {string} one of the server's codes, or nothing
 */
export function hopeless(file, header, limits) {
  if (file.size === 0) return "empty";
  if (!header) return "unsupported_type";
  if (header.width && Math.min(header.width, header.height) < limits.minSide) return "too_small";
  return "";
}

function tooMuch(file, header, limits) {
  if (file.size > limits.maxBytes) return "too_large";
  if (Math.max(header.width, header.height) > limits.maxSide) return "too_long_side";
  const most = header.type === "WEBP" ? limits.maxWebpPixels : limits.maxPixels;
  return header.width * header.height > most ? "too_many_pixels" : "";
}
