/**
 * Object headers: a list of messages that say what a group or a dataset is, in one or more blocks.
 * HDF5 File Format Specification 3.0, IV.A.1.
 */
import { Cursor, cursorAt } from "./cursor.ts";
import type { Hdf5File } from "./file.ts";

/** Numbers of header messages; those of attributes, times and comments are not read. */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  fillValueOld: 0x04,
  fillValue: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  groupInfo: 0x0a,
  filterPipeline: 0x0b,
  continuation: 0x10,
  symbolTable: 0x11,
} as const;

export type Message = {
  readonly type: number;
  /** the body says where the message is instead of being it */
  readonly shared: boolean;
  readonly at: number;
  readonly end: number;
};

const SHARED = 2;

export function readObjectHeader(file: Hdf5File, address: number): readonly Message[] {
  // version 2 begins with a signature, version 1 with its version
  return file.slice(address, 1)[0] === 1 ? version1(file, address) : version2(file, address);
}

export const bodyOf = (file: Hdf5File, { at, end }: Message): Cursor => new Cursor(file, at, end);

/** The only message of a type, or null. Shared ones are followed by those who know how. */
export function messageOf(messages: readonly Message[], type: number): Message | null {
  return messages.find((message) => message.type === type) ?? null;
}

/** The body of the only message of a type, or null. */
export function findBody(file: Hdf5File, messages: readonly Message[], type: number) {
  const found = messageOf(messages, type);
  if (found === null) return null;
  if (found.shared) file.refuse("a message shared between objects", "one of its own");
  return bodyOf(file, found);
}

function version1(file: Hdf5File, address: number): readonly Message[] {
  const prefix = cursorAt(file, address);
  prefix.skip(1 + 1 + 2 + 4); // version, reserved, number of messages, reference count
  const size = prefix.u32();
  prefix.skip(4); // messages begin at a multiple of 8
  return readBlocks(file, prefix.at, size, (at, n) => {
    const c = cursorAt(file, at, n);
    const messages: Message[] = [];
    while (c.left >= 8) {
      const [type, bytes, flags] = [c.u16(), c.u16(), c.u8()];
      c.skip(3);
      messages.push(message(c, type, bytes, flags));
    }
    return messages;
  });
}

function version2(file: Hdf5File, address: number): readonly Message[] {
  const prefix = cursorAt(file, address);
  prefix.signature("OHDR");
  prefix.expect(2, "object header version");
  const flags = prefix.u8();
  if (flags & 0x20) prefix.skip(16); // four times
  if (flags & 0x10) prefix.skip(4); // when attributes move
  const size = prefix.unsigned(1 << (flags & 3));
  const first = prefix.at;
  const headBytes = flags & 4 ? 6 : 4; // with the order of creation
  return readBlocks(file, first, size, (at, n) => {
    // continued blocks have a signature, and count it and the checksum among their bytes
    const own = at === first;
    const c = cursorAt(file, at, own ? n + 4 : n);
    if (!own) c.signature("OCHK");
    const messages: Message[] = [];
    const end = c.end - 4;
    while (end - c.at >= headBytes) {
      const [type, bytes, messageFlags] = [c.u8(), c.u16(), c.u8()];
      c.skip(headBytes - 4);
      messages.push(message(c, type, bytes, messageFlags));
    }
    if (end < c.at) file.damaged(c.at, "messages beyond their block", "messages inside");
    c.skip(end - c.at); // a gap too small for a message
    c.checksum(own ? address : at);
    return messages;
  });
}

function message(c: Cursor, type: number, bytes: number, flags: number): Message {
  const at = c.skip(bytes);
  return { type, shared: (flags & SHARED) !== 0, at, end: c.at };
}

/** The first block, then those that continuation messages name, each once. */
function readBlocks(
  file: Hdf5File,
  at: number,
  size: number,
  read: (at: number, size: number) => readonly Message[],
): readonly Message[] {
  const blocks = [{ at, size }];
  const visited = new Set<number>();
  const all: Message[] = [];
  for (const block of blocks) {
    if (visited.has(block.at)) file.damaged(block.at, "a header that continues itself", "an end");
    visited.add(block.at);
    for (const found of read(block.at, block.size)) {
      if (found.type !== MESSAGE.continuation) {
        all.push(found);
        continue;
      }
      const c = bodyOf(file, found);
      blocks.push({ at: c.address(), size: c.length() });
    }
  }
  return all;
}
