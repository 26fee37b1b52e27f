// Picture files for tests, made by the browser that will read them, and files that are not what they say.
import { deflateRawSync, deflateSync } from 'node:zlib';

/** Small photographs of an imagined world, as {name, mimeType, buffer} for a file input: `n` of each kind and format. */
export async function photographs(page, n, types = ['image/png', 'image/jpeg', 'image/webp']) {
  const made = await page.evaluate(async ([n, types]) => {
    const out = [];
    for (const scene of ['sea', 'forest', 'night']) {
      for (let i = 0; i < n; i++) {
        const c = new OffscreenCanvas(160, 120), g = c.getContext('2d');
        const chance = ((s) => () => (s = (s * 16807) % 2147483647) / 2147483647)(scene.length * 1000 + i * 77 + 1);
        const [sky, ground] = { sea: ['#8fc7ee', '#1c6aa3'], forest: ['#cfe3ef', '#2f6b35'], night: ['#0b1030', '#1d1a2e'] }[scene];
        const horizon = 40 + chance() * 40;
        const fade = g.createLinearGradient(0, 0, 0, 120);
        fade.addColorStop(0, sky); fade.addColorStop(horizon / 120, '#f4efe2'); fade.addColorStop(horizon / 120 + 0.01, ground); fade.addColorStop(1, ground);
        g.fillStyle = fade; g.fillRect(0, 0, 160, 120);
        for (let k = 0; k < 14; k++) {
          const x = chance() * 160, y = horizon + chance() * (110 - horizon);
          g.fillStyle = { sea: `rgba(255,255,255,${chance() * 0.5})`, forest: `hsl(${100 + chance() * 40} 50% ${20 + chance() * 25}%)`, night: `hsl(50 90% ${60 + chance() * 30}%)` }[scene];
          if (scene === 'sea') g.fillRect(x, y, 20 + chance() * 30, 2);
          else if (scene === 'forest') { g.beginPath(); g.moveTo(x, y - 40); g.lineTo(x - 12, y); g.lineTo(x + 12, y); g.fill(); }
          else { g.beginPath(); g.arc(x, chance() * horizon, 1.5, 0, 7); g.fill(); }
        }
        const type = types[i % types.length];
        const bytes = new Uint8Array(await (await c.convertToBlob({ type, quality: 0.9 })).arrayBuffer());
        out.push({ name: `${scene}/${i}.${type.split('/')[1]}`, mimeType: type, bytes: Array.from(bytes) });
      }
    }
    return out;
  }, [n, types]);
  return made.map(({ name, mimeType, bytes }) => ({ name, mimeType, buffer: Buffer.from(bytes) }));
}

function chunk(type, body) {
  const out = Buffer.alloc(12 + body.length);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, 'latin1');
  body.copy(out, 8);
  out.writeUInt32BE(crc(out.subarray(4, 8 + body.length)), 8 + body.length);
  return out;
}

function crc(bytes) {
  let c = ~0;
  for (const b of bytes) {
    c ^= b;
    for (let k = 0; k < 8; k++) c = (c >>> 1) ^ (c & 1 ? 0xedb88320 : 0);
  }
  return ~c >>> 0;
}

/** A zip of files {name, buffer}, packed with Deflate. */
export function zip(files) {
  const local = [], central = [];
  let at = 0;
  for (const { name, buffer } of files) {
    const path = Buffer.from(name), packed = deflateRawSync(buffer), head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0); head.writeUInt16LE(0x800, 2); head.writeUInt16LE(8, 4);
    head.writeUInt32LE(crc(buffer), 10); head.writeUInt32LE(packed.length, 14); head.writeUInt32LE(buffer.length, 18); head.writeUInt16LE(path.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    local.push(Buffer.from('PK\x03\x04', 'latin1'), head, path, packed);
    central.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), head, tail, path);
    at += 30 + path.length + packed.length;
  }
  const directory = Buffer.concat(central), end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4); end.writeUInt16LE(files.length, 6); end.writeUInt32LE(directory.length, 8); end.writeUInt32LE(at, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06', 'latin1'), end]);
}

/** A PNG of one colour type and depth, all zeros; large ones weigh a few KB. */
export function png(width, height, { depth = 8, color = 0, palette } = {}) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0); head.writeUInt32BE(height, 4);
  head[8] = depth; head[9] = color;
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[color];
  const rows = width * height > 1e6 ? 10 : height; // who looks further than the header has gone too far
  const raw = Buffer.alloc(rows * (1 + Math.ceil(width * channels * depth / 8)), depth === 16 ? 90 : 0);
  for (let y = 0; y < rows; y++) raw[y * (raw.length / rows)] = 0; // filter: none
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head),
    ...(palette ? [chunk('PLTE', Buffer.from(palette))] : []), chunk('IDAT', deflateSync(raw)), chunk('IEND', Buffer.alloc(0))]);
}

/** Files that cannot be used, and the code each must be refused with. */
export function bad(good) {
  const jpeg = good.find((f) => f.mimeType === 'image/jpeg').buffer, whole = good.find((f) => f.mimeType === 'image/png').buffer;
  const file = (name, buffer, code) => ({ name, mimeType: 'image/png', buffer, code });
  return [
    file('bad/empty.png', Buffer.alloc(0), 'empty'),
    file('bad/cut.png', whole.subarray(0, whole.length / 2), 'truncated'),
    file('bad/cut.jpeg', jpeg.subarray(0, jpeg.length / 2), 'truncated'),
    file('bad/notes.png', Buffer.from('Dear diary, this is not a picture.'), 'not-an-image'),
    file('bad/huge.png', png(30000, 30000), 'too-large'),
    file('bad/dot.png', png(1, 1), 'too-small'),
  ];
}

/** Odd but honest pictures, which must be accepted. */
export function odd() {
  const file = (name, buffer) => ({ name, mimeType: 'image/png', buffer });
  return [
    file('odd/sixteen-bit.png', png(40, 40, { depth: 16, color: 2 })),
    file('odd/gray.png', png(40, 40)),
    file('odd/palette.png', png(40, 40, { color: 3, palette: [200, 30, 30] })),
    file('odd/alpha.png', png(40, 40, { color: 6 })),
  ];
}
