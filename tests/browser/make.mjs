// Evidence made for the tests.
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";

export const line = (day, target, status = 200) =>
  `192.0.2.9 - - [${day}/Dec/2020:10:00:00 +0000] "GET ${target} HTTP/1.1" ${status} 512 "-" "Mozilla/5.0"\n`;
export const attacked = line("20", "/index.html") + line("21", "/courier/about.html") + line("22", "/index.html");

/** The header of a tar member (POSIX.1-1988 ustar). */
export function tarHeader(name, size) {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write(size.toString(8).padStart(11, "0") + "\0", 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\0" + "00", 257);
  const sum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  return header;
}

/** A tar with one file in it. */
export function tar(name, bytes) {
  return Buffer.concat([tarHeader(name, bytes.length), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512 + 1024)]);
}

/** A zip with one stored file in it, made by hand; locked with a password where there is one. */
export function zip(name, bytes, password) {
  const crc = zlib.crc32 ? zlib.crc32(bytes) : crc32(bytes);
  const data = password ? locked(bytes, crc, password) : bytes;
  const fixed = Buffer.alloc(26);
  fixed.writeUInt16LE(20, 0);
  fixed.writeUInt16LE(password ? 1 : 0, 2);
  fixed.writeUInt32LE(crc, 10);
  fixed.writeUInt32LE(data.length, 14);
  fixed.writeUInt32LE(bytes.length, 18);
  fixed.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), fixed, Buffer.from(name), data]);
  const central = Buffer.concat([Buffer.from("PK\x01\x02\x14\x00", "latin1"), fixed, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

/** The traditional encryption of zip members (APPNOTE 6.3.10, section 6.1). */
function locked(bytes, crc, password) {
  const step = (sum, byte) => {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
    return sum >>> 0;
  };
  const keys = [0x12345678, 0x23456789, 0x34567890];
  const update = (byte) => {
    keys[0] = step(keys[0], byte);
    keys[1] = (Math.imul(keys[1] + (keys[0] & 0xff), 134775813) + 1) >>> 0;
    keys[2] = step(keys[2], keys[1] >>> 24);
  };
  for (const byte of Buffer.from(password)) update(byte);
  const header = Buffer.alloc(12, 7);
  header[11] = crc >>> 24;
  return Buffer.concat([header, bytes]).map((plain) => {
    const mask = (keys[2] | 2) & 0xffff;
    const byte = plain ^ ((Math.imul(mask, mask ^ 1) >>> 8) & 0xff);
    update(plain);
    return byte;
  });
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

/** A log of about `size` bytes with a trace at its beginning and one at its end. */
export function bigLog(file, size) {
  const block = Buffer.from((line("20", "/files/report.pdf?id=17") + line("21", "/style.css")).repeat(5_000));
  const out = fs.openSync(file, "w");
  fs.writeSync(out, Buffer.from(line("19", "/courier/about.html")));
  for (let written = 0; written < size; written += block.length) fs.writeSync(out, block);
  fs.writeSync(out, Buffer.from(line("22", "/courier/oauth.api")));
  fs.closeSync(out);
  return file;
}

/** A tar.gz of about `size` bytes on disk: logs that hardly compress, and a zip with a trace in it at the end. */
export async function bigBundle(file, size) {
  const gzip = zlib.createGzip({ level: 1 });
  const out = fs.createWriteStream(file);
  gzip.pipe(out);
  const put = (bytes) => new Promise((done) => (gzip.write(bytes) ? done() : gzip.once("drain", done)));
  const token = Buffer.alloc(48 << 10);
  for (let member = 0; out.bytesWritten < size; member++) {
    const lines = [];
    for (let from = 0; from < token.length; from += 48) {
      for (let at = from; at < from + 48; at++) token[at] = (Math.random() * 256) | 0;
      lines.push(line("20", `/download?token=${token.subarray(from, from + 48).toString("base64url")}`));
    }
    const bytes = Buffer.from(lines.join("").repeat(1));
    const many = 64;
    await put(tarHeader(`logs/access_log.${member}`, bytes.length * many));
    for (let copy = 0; copy < many; copy++) await put(bytes);
    await put(Buffer.alloc((512 - ((bytes.length * many) % 512)) % 512));
  }
  const inner = zip("access_log", Buffer.from(attacked));
  await put(Buffer.concat([tarHeader("inner.zip", inner.length), inner, Buffer.alloc((512 - (inner.length % 512)) % 512 + 1024)]));
  await new Promise((done) => {
    out.once("finish", done);
    gzip.end();
  });
  return file;
}
