// Kind and size of a picture, read from its first bytes as the server does it.

const FIRST_BYTES = 256 * 1024;

/**
 * @typedef {{type: "JPEG" | "PNG" | "WEBP", width: number, height: number}} Header
 *   A size of zero means that it stands further on in the file.
 */

/**
 * Read the header of a file.
 * @param {Blob} file
 * @returns {Promise<Header | null>} null when it is none of the three kinds
 */
export async function readHeader(file) {
  const bytes = new DataView(await file.slice(0, FIRST_BYTES).arrayBuffer());
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return jpeg(bytes);
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return png(bytes);
  if (text(bytes, 0) === "RIFF" && text(bytes, 8) === "WEBP") return webp(bytes);
  return null;
}

function startsWith(bytes, start) {
  return bytes.byteLength > start.length && start.every((byte, at) => bytes.getUint8(at) === byte);
}

function text(bytes, at) {
  if (bytes.byteLength < at + 4) return "";
  return String.fromCharCode(...[0, 1, 2, 3].map((index) => bytes.getUint8(at + index)));
}

function jpeg(bytes) {
  let at = 2;
  while (at + 9 < bytes.byteLength && bytes.getUint8(at) === 0xff) {
    const marker = bytes.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return size("JPEG", bytes.getUint16(at + 7), bytes.getUint16(at + 5));
    at += marker === 0xff ? 1 : 2 + bytes.getUint16(at + 2);
  }
  return size("JPEG", 0, 0);
}

function png(bytes) {
  if (bytes.byteLength < 24) return size("PNG", 0, 0);
  return size("PNG", bytes.getUint32(16), bytes.getUint32(20));
}

function webp(bytes) {
  if (bytes.byteLength < 30) return size("WEBP", 0, 0);
  const kind = text(bytes, 12);
  const three = (at) => bytes.getUint16(at, true) + (bytes.getUint8(at + 2) << 16);
  if (kind === "VP8X") return size("WEBP", three(24) + 1, three(27) + 1);
  if (kind === "VP8L") {
    const bits = bytes.getUint32(21, true);
    return size("WEBP", (bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1);
  }
  return size("WEBP", bytes.getUint16(26, true) & 0x3fff, bytes.getUint16(28, true) & 0x3fff);
}

function size(type, width, height) {
  return { type, width, height };
}
