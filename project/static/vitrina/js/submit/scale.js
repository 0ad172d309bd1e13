// Small copies: to look at, and to send in place of a large photograph.

const LONG_SIDE = 2048;
const SHORT_SIDE = 768; // the models look at 260 pixels; of a panorama enough must be left
const QUALITY = 0.9;

/**
 * Return a large photograph scaled down, upright and without its metadata; a small one as it is.
 * @param {File} file
 * @param {import("./header.js").Header} header
 * @returns {Promise<File>} the file itself where scaling gains nothing or does not work
 */
export async function scaledDown(file, header) {
  if (Math.max(header.width, header.height) <= LONG_SIDE) return file;
  const bitmap = await decoded(file);
  if (!bitmap) return file;
  const factor = Math.max(
    LONG_SIDE / Math.max(bitmap.width, bitmap.height),
    SHORT_SIDE / Math.min(bitmap.width, bitmap.height),
  );
  if (factor >= 1) return file;
  const canvas = drawn(bitmap, bitmap.width * factor, bitmap.height * factor);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (!blob || blob.size >= file.size) return file;
  return new File([blob], file.name, { type: "image/jpeg" });
}

/**
 * Return a square cut out of the middle of a picture, upright.
 * @param {Blob} file
 * @param {number} side in pixels
 * @returns {Promise<HTMLCanvasElement | null>} null when the browser cannot read it
 */
export async function thumbnail(file, side) {
  const bitmap = await decoded(file);
  if (!bitmap) return null;
  const factor = side / Math.min(bitmap.width, bitmap.height);
  const width = bitmap.width * factor;
  const height = bitmap.height * factor;
  return drawn(bitmap, width, height, side, side);
}

async function decoded(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null; // damaged, or larger than this device can hold
  }
}

function drawn(bitmap, width, height, frameWidth = width, frameHeight = height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(frameWidth);
  canvas.height = Math.round(frameHeight);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff"; // what is transparent; the server does the same
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, (frameWidth - width) / 2, (frameHeight - height) / 2, width, height);
  bitmap.close();
  return canvas;
}
