// The files of a drop, also those in folders.

/**
 * Return all files that were dropped, folders opened up. Hidden files stay out.
 * @param {DataTransfer} transfer
 * @returns {Promise<File[]>}
 */
export async function droppedFiles(transfer) {
  // Entries must be asked for before the first pause: the list is emptied after the event.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  const found = await Promise.all(entries.map(filesBelow));
  return found.flat();
}

async function filesBelow(entry) {
  if (entry.name.startsWith(".")) return [];
  if (entry.isFile) return [await new Promise((done, fail) => entry.file(done, fail))];
  const files = [];
  for (const child of await children(entry.createReader())) files.push(...(await filesBelow(child)));
  return files;
}

async function children(reader) {
  const all = [];
  for (;;) {
    // A reader hands out a hundred at a time, and nothing when it is done.
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return all;
    all.push(...some);
  }
}
