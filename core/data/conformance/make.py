#!/usr/bin/env python3
"""Writes files/ and expected.json: small pictures, and the pixels that each must be read as.

Needs Pillow, numpy, libjpeg-turbo's cjpeg, and ffmpeg. Where a file keeps its pixels, the
pixels expected are those that were put in, by the format's own arithmetic; where it does not
(JPEG, lossy WebP), they are libjpeg-turbo's or libwebp's. No pixel expected comes from this
project's own decoders.
"""
import base64, io, json, os, struct, subprocess, tempfile, zlib
import numpy as np
from PIL import Image, ImageCms

HERE = os.path.dirname(os.path.abspath(__file__))
W, H = 20, 12
files, cases = {}, []


def scene(w=W, h=H):
    """A smooth picture without any symmetry: R grows to the right, G downwards, B is a slope of both."""
    y, x = np.mgrid[0:h, 0:w]
    a = np.stack([20 + 200 * x // (w - 1), 30 + 180 * y // (h - 1), 220 - 90 * x // (w - 1) - 80 * y // (h - 1)], -1)
    return a.astype(np.uint8)


def slope(w=W, h=H):
    """Transparency from none to nearly all, in steps, with a clear corner."""
    y, x = np.mgrid[0:h, 0:w]
    a = (255 - 240 * y // (h - 1)).astype(np.uint8)
    a[:3, :3] = 0
    return a


def on_white(rgb, alpha):
    c, a = rgb.astype(int), alpha.astype(int)[..., None]
    return ((c * a + 255 * (255 - a)) / 255 + 0.5).astype(np.uint8)


def turned(rgb, o):
    """rgb as it looks when EXIF says orientation o."""
    return [rgb, rgb[:, ::-1], rgb[::-1, ::-1], rgb[::-1], rgb.transpose(1, 0, 2), rgb.transpose(1, 0, 2)[:, ::-1],
            rgb.transpose(1, 0, 2)[::-1, ::-1], rgb.transpose(1, 0, 2)[::-1]][o - 1]


def add(name, raw, rgb=None, tolerance=0, shrunk=None, **refused):
    """A file, and its pixels: each may be off by tolerance; or the codes it is refused by, on each route."""
    files[name] = raw
    case = {"file": name}
    if rgb is not None:
        h, w = rgb.shape[:2]
        case |= {"width": w, "height": h, "rgb": base64.b64encode(zlib.compress(np.ascontiguousarray(rgb).tobytes(), 9)).decode()}
    if tolerance:
        case["tolerance"] = tolerance
    if refused:
        case["refused"] = refused
    cases.append(case)


# EXIF

def exif(o, order="MM", kind=3, count=1, before=b"", tag=0x0112):
    """A TIFF block with one entry: the orientation."""
    e = ">" if order == "MM" else "<"
    value = {1: struct.pack(e + "B3x", o & 255), 3: struct.pack(e + "HH", o, 0), 4: struct.pack(e + "I", o)}[kind]
    n = 1 + len(before) // 12
    return order.encode() + struct.pack(e + "HI", 42, 8) + struct.pack(e + "H", n) + before + struct.pack(e + "HHI", tag, kind, count) + value + bytes(4)


# name: block, and the orientation that it stands for
ODD_EXIF = {
    "little-endian": (exif(6, "II"), 6),
    "long": (exif(6, kind=4), 1),
    "byte": (exif(6, kind=1), 1),
    "zero": (exif(0), 1),
    "nine": (exif(9), 1),
    "two-values": (exif(6, count=2), 1),
    "empty": (b"", 1),
    "cut": (exif(6)[:15], 1),
    "not-tiff": (b"XX" + exif(6)[2:], 1),
    "far": (b"MM\0*" + struct.pack(">I", 0xfffffff0) + exif(6)[8:], 1),
    "twice": (exif(3, before=struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)), 6),
}


# PNG

def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_rows(a, depth):
    """Rows of samples, h by w by channels, packed to bytes, each with filter 0."""
    out = b""
    for row in a:
        flat = row.reshape(-1)
        if depth == 16:
            out += b"\0" + flat.astype(">u2").tobytes()
        elif depth == 8:
            out += b"\0" + flat.astype(np.uint8).tobytes()
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in flat)
            bits += "0" * (-len(bits) % 8)
            out += b"\0" + bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
    return out


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(a, kind=2, depth=8, before=b"", after=b"", interlace=False, early=b""):
    """a: h by w by channels. kind: 0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGBA."""
    a = a if a.ndim == 3 else a[..., None]
    rows = b"".join(png_rows(a[y::dy, x::dx], depth) for x, y, dx, dy in ADAM7 if a[y::dy, x::dx].size) if interlace else png_rows(a, depth)
    head = struct.pack(">IIBBBBB", a.shape[1], a.shape[0], depth, kind, 0, 0, int(interlace))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + early + before + chunk(b"IDAT", zlib.compress(rows)) + after + chunk(b"IEND", b"")


def strange_profile():
    """An ICC profile that turns red into blue: whoever follows it is seen to."""
    p = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", p[128:132])[0]
    at = {bytes(p[132 + 12 * i:136 + 12 * i]): 136 + 12 * i for i in range(count)}
    r, b = at[b"rXYZ"], at[b"bXYZ"]
    p[r:r + 8], p[b:b + 8] = p[b:b + 8], p[r:r + 8]
    p[24:36], p[84:100] = bytes(12), bytes(16)  # when it was made, and a sum over it
    return bytes(p)


ICC = strange_profile()
RGB, A = scene(), slope()
RGBA = np.dstack([RGB, A])
GRAY = RGB[..., 0]
PALETTE = np.array([[255, 255, 255], [200, 30, 90], [20, 40, 220], [10, 200, 60]], np.uint8)
INDEX = (np.add.outer(np.arange(H) // 3, np.arange(W) // 5) % 4).astype(np.uint8)
three = lambda g: np.repeat(g[..., None], 3, -1)
flat128 = np.full((H, W, 3), 128, np.uint8)


def make_png():
    add("png.png", png(RGB), RGB)
    for o in range(1, 9):
        add(f"png-exif-before-{o}.png", png(RGB, before=chunk(b"eXIf", exif(o))), turned(RGB, o))
        add(f"png-exif-after-{o}.png", png(RGB, after=chunk(b"eXIf", exif(o))), turned(RGB, o))
    for name, (block, o) in ODD_EXIF.items():
        add(f"png-exif-{name}.png", png(RGB, before=chunk(b"eXIf", block)), turned(RGB, o))
    add("png-exif-prefix.png", png(RGB, before=chunk(b"eXIf", b"Exif\0\0" + exif(6))), RGB)
    add("png-exif-wrong-crc.png", png(RGB, before=chunk(b"eXIf", exif(6))[:-1] + b"?"), RGB)
    add("png-text-wrong-crc.png", png(RGB, before=chunk(b"tEXt", b"a\0b")[:-1] + b"?"), RGB)
    for name, gamma in {"1": 100000, "0.45": 45455, "0.2": 20000, "2.2": 220000}.items():
        add(f"png-gama-{name}.png", png(flat128, before=chunk(b"gAMA", struct.pack(">I", gamma))), flat128)
    add("png-gama-0.png", png(RGB, before=chunk(b"gAMA", bytes(4))), RGB)
    add("png-srgb.png", png(RGB, before=chunk(b"sRGB", b"\0")), RGB)
    wide = chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 73470, 26530, 11500, 82600, 15700, 1800))
    add("png-chrm.png", png(RGB, before=wide + chunk(b"gAMA", struct.pack(">I", 45455))), RGB)
    add("png-iccp.png", png(RGB, before=chunk(b"iCCP", b"p\0\0" + zlib.compress(ICC))), RGB)
    add("png-iccp-gray.png", png(GRAY, 0, before=chunk(b"iCCP", b"p\0\0" + zlib.compress(ICC))), three(GRAY))
    add("png-iccp-damaged.png", png(RGB, before=chunk(b"iCCP", b"p\0\0" + b"not a profile")), RGB)
    add("png-cicp.png", png(RGB, before=chunk(b"cICP", bytes([9, 16, 0, 1]))), RGB)
    deep = RGB.astype(np.uint16) * 257
    add("png-16.png", png(deep, depth=16), RGB)
    odd = RGB.astype(np.uint16) * 256 + 0xc0
    add("png-16-between.png", png(odd, depth=16), RGB, tolerance=1)
    add("png-16-gama-1.png", png(deep, depth=16, before=chunk(b"gAMA", struct.pack(">I", 100000))), RGB)
    add("png-16-alpha.png", png(np.dstack([deep, A.astype(np.uint16) * 257]), 6, 16), on_white(RGB, A), tolerance=1)
    add("png-16-gray.png", png(deep[..., 0], 0, 16), three(GRAY))
    add("png-alpha.png", png(RGBA, 6), on_white(RGB, A), tolerance=1)
    add("png-gray.png", png(GRAY, 0), three(GRAY))
    add("png-gray-alpha.png", png(np.dstack([GRAY, A]), 4), on_white(three(GRAY), A), tolerance=1)
    for depth in (1, 2, 4):
        g = GRAY >> (8 - depth)
        add(f"png-gray-{depth}.png", png(g, 0, depth), three((g.astype(int) * 255 // (2 ** depth - 1)).astype(np.uint8)))
    add("png-gray-clear.png", png(GRAY, 0, before=chunk(b"tRNS", struct.pack(">H", int(GRAY[0, 4])))), three(np.where(GRAY == GRAY[0, 4], 255, GRAY).astype(np.uint8)))
    key = RGB[5, 7]
    add("png-rgb-clear.png", png(RGB, before=chunk(b"tRNS", struct.pack(">3H", *map(int, key)))), np.where((RGB == key).all(-1)[..., None], 255, RGB).astype(np.uint8))
    plte = chunk(b"PLTE", PALETTE.tobytes())
    for depth in (2, 4, 8):
        add(f"png-palette-{depth}.png", png(INDEX, 3, depth, before=plte), PALETTE[INDEX])
    add("png-palette-1.png", png(INDEX & 1, 3, 1, before=chunk(b"PLTE", PALETTE[:2].tobytes())), PALETTE[INDEX & 1])
    alphas = np.array([255, 0, 128, 255], np.uint8)
    add("png-palette-alpha.png", png(INDEX, 3, 8, before=plte + chunk(b"tRNS", alphas.tobytes())), on_white(PALETTE[INDEX], alphas[INDEX]), tolerance=1)
    add("png-interlaced.png", png(RGB, interlace=True), RGB)
    add("png-interlaced-alpha.png", png(RGBA, 6, interlace=True), on_white(RGB, A), tolerance=1)
    add("png-interlaced-palette.png", png(INDEX, 3, 2, before=plte, interlace=True), PALETTE[INDEX])
    add("png-junk-behind.png", png(RGB) + b"junk" * 50, RGB)
    add("png-tiny.png", png(scene(8, 8)), scene(8, 8))
    long = scene(90, 9)
    add("png-long.png", png(long), long[:, 36:54])
    add("png-tall.png", png(long.transpose(1, 0, 2)), long.transpose(1, 0, 2)[36:54])
    add("png-long-held-6.png", png(long, before=chunk(b"eXIf", exif(6))), turned(long[:, 36:54], 6))
    odd_long = scene(91, 9)
    add("png-long-odd-held-3.png", png(odd_long, before=chunk(b"eXIf", exif(3))), turned(odd_long[:, 36:54], 3))
    # APNG: with its default picture as first frame, and with one that is no frame
    control = lambda n: chunk(b"fcTL", struct.pack(">IIIIIHHBB", n, W, H, 0, 0, 1, 10, 0, 0))
    other = chunk(b"fdAT", struct.pack(">I", 2) + zlib.compress(png_rows(255 - RGB, 8)))
    add("apng.png", png(RGB, before=chunk(b"acTL", struct.pack(">II", 2, 0)) + control(0), after=control(1) + other), RGB)
    hidden = chunk(b"fdAT", struct.pack(">I", 1) + zlib.compress(png_rows(255 - RGB, 8)))
    add("apng-default-apart.png", png(RGB, before=chunk(b"acTL", struct.pack(">II", 1, 0)), after=control(0) + hidden), RGB)


# JPEG

def ppm(a):
    return (b"P5" if a.ndim == 2 else b"P6") + b"\n%d %d\n255\n" % (a.shape[1], a.shape[0]) + a.tobytes()


def cjpeg(*switches, a=None):
    return subprocess.run(["cjpeg", "-quality", "95", *switches], input=ppm(RGB if a is None else a), capture_output=True, check=True).stdout


def segment(marker, body):
    return struct.pack(">BBH", 0xff, marker, len(body) + 2) + body


def behind_start(raw, *segments):
    return raw[:2] + b"".join(segments) + raw[2:]


def walk(raw):
    """Segments of the header: marker, start, end."""
    at = 2
    while raw[at + 1] != 0xda:
        end = at + 2 + struct.unpack(">H", raw[at + 2:at + 4])[0]
        yield raw[at + 1], at, end
        at = end


def without(raw, marker):
    for m, at, end in reversed(list(walk(raw))):
        if m == marker:
            raw = raw[:at] + raw[end:]
    return raw


def seen(raw):
    return np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))


def jpeg_exif(block):
    return segment(0xe1, b"Exif\0\0" + block)


def four(a, *, adobe, quality=95, subsampling=0):
    """A JPEG of four components that holds the bytes of a as they are; adobe: its transform, or None."""
    b = io.BytesIO()
    Image.fromarray(255 - a, "CMYK").save(b, "JPEG", quality=quality, subsampling=subsampling)
    raw = without(without(b.getvalue(), 0xee), 0xe0)
    return raw if adobe is None else behind_start(raw, segment(0xee, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, adobe)))


def ink(cmyk):
    """RGB of CMYK where 255 is full ink."""
    c = 255 - cmyk.astype(int)
    return ((c[..., :3] * c[..., 3:] + 127) // 255).astype(np.uint8)


def dark_of(raw):
    """RGB of YCCK as Adobe writes it, stored as raw."""
    rgb = np.asarray(Image.fromarray(raw[..., :3].copy(), "YCbCr").convert("RGB")).astype(int)
    return ((255 - rgb) * raw[..., 3:] / 255 + 0.5).astype(np.uint8)


def make_jpeg():
    base = cjpeg("-sample", "1x1")
    add("jpeg.jpg", base, seen(base), 2)
    for o in range(1, 9):
        add(f"jpeg-exif-{o}.jpg", behind_start(base, jpeg_exif(exif(o))), turned(seen(base), o), 2)
    for name, (block, o) in ODD_EXIF.items():
        add(f"jpeg-exif-{name}.jpg", behind_start(base, jpeg_exif(block)), turned(seen(base), o), 2)
    add("jpeg-exif-two-segments.jpg", behind_start(base, jpeg_exif(exif(6)), jpeg_exif(exif(3))), turned(seen(base), 6), 2)
    add("jpeg-exif-behind-xmp.jpg", behind_start(base, segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x/>"), jpeg_exif(exif(8))), turned(seen(base), 8), 2)
    thumb = behind_start(base, jpeg_exif(exif(6) + base))
    add("jpeg-exif-thumbnail.jpg", thumb, turned(seen(base), 6), 2)
    icc = segment(0xe2, b"ICC_PROFILE\0\1\1" + ICC)
    add("jpeg-icc.jpg", behind_start(base, icc), seen(base), 2)
    for s in ("2x1", "2x2", "1x2", "4x1", "4x2", "3x1", "1x3", "3x2", "2x4", "1x4"):
        raw = cjpeg("-sample", s)
        add(f"jpeg-sample-{s}.jpg", raw, seen(raw), 3, **{"native": "unsupported"} if "3" in s else {})
    for name, s in {"luma-half": "1x1,2x1,2x1", "one-chroma": "2x2,2x1,1x1", "one-chroma-half": "2x1,1x1,2x1", "luma-2x2-chroma-1x2": "2x2,1x2,1x2", "all-2x1": "2x1,2x1,2x1"}.items():
        raw = cjpeg("-sample", s)
        # Go repeats the chroma of components that differ where libjpeg interpolates: nearly the same
        add(f"jpeg-sample-{name}.jpg", raw, seen(raw), 12 if "one" in name else 3)
    add("jpeg-sample-3x1-2x1.jpg", cjpeg("-sample", "3x1").replace(b"\2\x11\1\3\x11\1", b"\2\x21\1\3\x21\1"), both="unsupported")
    odd = cjpeg("-sample", "2x2", a=scene(37, 23))
    add("jpeg-sample-2x2-odd-size.jpg", odd, seen(odd), 3)
    for name, switches in {"progressive": ["-progressive"], "restart": ["-restart", "1B"], "restart-rows": ["-restart", "1"], "optimised": ["-optimize"]}.items():
        raw = cjpeg("-sample", "2x2", *switches)
        add(f"jpeg-{name}.jpg", raw, seen(raw), 3)
    for name, switches in {"arithmetic": ["-arithmetic"], "arithmetic-progressive": ["-arithmetic", "-progressive"]}.items():
        raw = cjpeg(*switches)
        add(f"jpeg-{name}.jpg", raw, seen(raw), 3, native="unsupported")
    gray = cjpeg("-grayscale")
    add("jpeg-gray.jpg", gray, seen(gray), 2)
    gray22 = cjpeg("-grayscale", "-sample", "2x2")
    add("jpeg-gray-2x2.jpg", gray22, seen(gray22), 2)
    rgb = cjpeg("-rgb", "-sample", "1x1")
    add("jpeg-rgb.jpg", rgb, seen(rgb), 2)
    add("jpeg-rgb-no-adobe.jpg", without(rgb, 0xee), seen(without(rgb, 0xee)), 2)
    as_adobe = behind_start(without(base, 0xe0), segment(0xee, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, 0)))
    add("jpeg-adobe-0.jpg", as_adobe, seen(as_adobe), 2)
    add("jpeg-adobe-1.jpg", as_adobe.replace(b"Adobe\0d\0\0\0\0\0", b"Adobe\0d\0\0\0\0\1"), seen(base), 2)
    add("jpeg-jfif-adobe-0.jpg", behind_start(base, segment(0xee, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, 0))), seen(base), 2)
    add("jpeg-no-jfif.jpg", without(base, 0xe0), seen(base), 2)
    rgb22 = cjpeg("-rgb", "-sample", "2x2,1x1,1x1")
    add("jpeg-rgb-2x2.jpg", rgb22, seen(rgb22), 12)
    # CMYK: as Adobe writes it 255 is no ink
    y, x = np.mgrid[0:H, 0:W]
    cmyk = np.stack([x * 10, y * 15, 200 - x * 5, y * 5], -1).astype(np.uint8)
    add("jpeg-cmyk.jpg", four(255 - cmyk, adobe=0), ink(cmyk), 4)
    add("jpeg-cmyk-no-adobe.jpg", four(255 - cmyk, adobe=None), ink(cmyk), 4)
    add("jpeg-cmyk-icc.jpg", behind_start(four(255 - cmyk, adobe=0), icc), ink(cmyk), 4)
    ycc = np.asarray(Image.fromarray(RGB).convert("YCbCr")).astype(np.uint8)
    smooth_k = (255 - 8 * np.mgrid[0:H, 0:W][1]).astype(np.uint8)[..., None]
    dark = ((255 - RGB.astype(int)) * smooth_k / 255 + 0.5).astype(np.uint8)
    add("jpeg-ycck.jpg", four(np.dstack([ycc, smooth_k]), adobe=2), dark, 5)
    add("jpeg-ycck-no-adobe.jpg", four(np.dstack([ycc, smooth_k]), adobe=None), ink(255 - np.dstack([ycc, smooth_k])), 4)
    add("jpeg-junk-behind.jpg", base + b"junk" * 50, seen(base), 2)
    add("jpeg-second-picture-behind.jpg", base + cjpeg(a=255 - RGB), seen(base), 2)
    add("jpeg-padded-markers.jpg", base[:2] + b"\xff\xff\xff" + base[2:], seen(base), 2)
    raw = cjpeg("-sample", "2x2")
    cut = raw.index(b"\xff\xda") + 60
    add("jpeg-scan-damaged.jpg", raw[:cut] + bytes(len(raw) - cut - 2) + raw[-2:], seen(raw[:cut] + bytes(len(raw) - cut - 2) + raw[-2:]), 3, native="unreadable")
    add("jpeg-12-bit.jpg", base.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc1\0\x11\x0c"), both="unsupported")
    add("jpeg-lossless.jpg", base.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc3\0\x11\x08"), both="unsupported")
    long = cjpeg("-sample", "1x1", a=scene(90, 9))
    add("jpeg-long-held-8.jpg", behind_start(long, jpeg_exif(exif(8))), turned(seen(long)[:, 36:54], 8), 2)


# WebP

def webp(a, mode=None, **how):
    b = io.BytesIO()
    Image.fromarray(a, mode).save(b, "WEBP", **how)
    return b.getvalue()


def riff(*chunks):
    body = b"WEBP" + b"".join(n + struct.pack("<I", len(c)) + c + b"\0" * (len(c) & 1) for n, c in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def parts(raw):
    at = 12
    while at + 8 <= len(raw):
        n = struct.unpack("<I", raw[at + 4:at + 8])[0]
        yield raw[at:at + 4], raw[at + 8:at + 8 + n]
        at += 8 + n + (n & 1)


def extended(raw, w=W, h=H, alpha=False, before=(), after=()):
    """raw in a VP8X, with chunks before and behind the picture."""
    inner = [(n, c) for n, c in parts(raw) if n != b"VP8X"]
    names = [n for n, _ in (*before, *after)]
    flags = 0x10 * alpha | 0x08 * (b"EXIF" in names) | 0x20 * (b"ICCP" in names) | 0x04 * (b"XMP " in names)
    return riff((b"VP8X", struct.pack("<I", flags) + struct.pack("<I", w - 1)[:3] + struct.pack("<I", h - 1)[:3]), *before, *inner, *after)


def make_webp():
    lossless, lossy = webp(RGB, lossless=True), webp(RGB, quality=95, method=6)
    clear, soft = webp(RGBA, lossless=True, exact=True), webp(RGBA, quality=95, exact=True)
    soft_seen = np.asarray(Image.open(io.BytesIO(soft)).convert("RGBA"))
    soft_rgb = on_white(soft_seen[..., :3], soft_seen[..., 3])
    add("webp-lossless.webp", lossless, RGB)
    add("webp-lossless-alpha.webp", clear, on_white(RGB, A), 1)
    add("webp-lossy.webp", lossy, seen(lossy), 3)
    odd = webp(scene(37, 23), quality=90)
    add("webp-lossy-odd-size.webp", odd, seen(odd), 3)
    add("webp-lossy-alpha.webp", soft, soft_rgb, 3)
    for o in range(1, 9):
        held = [(b"EXIF", exif(o))]
        add(f"webp-lossless-exif-{o}.webp", extended(lossless, after=held), turned(RGB, o))
        add(f"webp-lossy-exif-{o}.webp", extended(lossy, after=held), turned(seen(lossy), o), 3)
        add(f"webp-alpha-exif-{o}.webp", extended(clear, alpha=True, after=held), turned(on_white(RGB, A), o), 1)
    add("webp-lossy-alpha-exif-6.webp", extended(soft, alpha=True, after=[(b"EXIF", exif(6))]), turned(soft_rgb, 6), 3)
    for name, (block, o) in ODD_EXIF.items():
        add(f"webp-exif-{name}.webp", extended(lossless, after=[(b"EXIF", block)]), turned(RGB, o))
    add("webp-exif-prefix.webp", extended(lossless, after=[(b"EXIF", b"Exif\0\0" + exif(6))]), turned(RGB, 6))
    add("webp-exif-first.webp", extended(lossless, before=[(b"EXIF", exif(6))]), turned(RGB, 6))
    add("webp-exif-no-flag.webp", riff(*parts(extended(lossless)), (b"EXIF", exif(6))), turned(RGB, 6))
    add("webp-icc.webp", extended(lossless, before=[(b"ICCP", ICC)]), RGB)
    add("webp-icc-alpha.webp", extended(clear, alpha=True, before=[(b"ICCP", ICC)]), on_white(RGB, A), 1)
    add("webp-icc-lossy.webp", extended(lossy, before=[(b"ICCP", ICC)]), seen(lossy), 3)
    # an animation: the first frame is the picture
    b = io.BytesIO()
    Image.fromarray(RGB).save(b, "WEBP", save_all=True, append_images=[Image.fromarray(255 - RGB)], duration=100, lossless=True)
    add("webp-animated.webp", b.getvalue(), RGB)
    b = io.BytesIO()
    Image.fromarray(RGB).save(b, "WEBP", save_all=True, append_images=[Image.fromarray(255 - RGB)], duration=100, quality=95)
    add("webp-animated-lossy.webp", b.getvalue(), seen(b.getvalue()), 3)
    part, at = scene(10, 8), (6, 2)
    inner = [c for c in parts(webp(part, lossless=True))]
    frame = struct.pack("<I", at[0] // 2)[:3] + struct.pack("<I", at[1] // 2)[:3] + struct.pack("<I", 9)[:3] + struct.pack("<I", 7)[:3] + struct.pack("<I", 100)[:3] + b"\0"
    frame += b"".join(n + struct.pack("<I", len(c)) + c + b"\0" * (len(c) & 1) for n, c in inner)
    whole = np.full((H, W, 3), 255, np.uint8)
    whole[at[1]:at[1] + 8, at[0]:at[0] + 10] = part
    vp8x = (b"VP8X", struct.pack("<I", 0x12) + struct.pack("<I", W - 1)[:3] + struct.pack("<I", H - 1)[:3])
    add("webp-animated-offset.webp", riff(vp8x, (b"ANIM", b"\xff\0\0\xff\0\0"), (b"ANMF", frame)), whole)
    less = (b"VP8X", struct.pack("<I", 0x12) + struct.pack("<I", 11)[:3] + struct.pack("<I", 8)[:3])
    add("webp-animated-beyond.webp", riff(less, (b"ANIM", b"\xff\0\0\xff\0\0"), (b"ANMF", frame)), both="unreadable")
    add("webp-animated-exif-6.webp", riff((b"VP8X", struct.pack("<I", 0x1a) + vp8x[1][4:]), (b"ANIM", b"\xff\0\0\xff\0\0"), (b"ANMF", frame), (b"EXIF", exif(6))), turned(whole, 6))


# GIF

def gif_data(index, least=8):
    """LZW that never grows: a clear code every hundred pixels."""
    codes, clear, width = [], 1 << least, least + 1
    for i, v in enumerate(index.reshape(-1)):
        if i % 100 == 0:
            codes.append(clear)
        codes.append(int(v))
    codes.append(clear + 1)
    bits = sum(c << (width * i) for i, c in enumerate(codes))
    raw = bits.to_bytes((width * len(codes) + 7) // 8, "little")
    return bytes([least]) + b"".join(bytes([len(raw[i:i + 255])]) + raw[i:i + 255] for i in range(0, len(raw), 255)) + b"\0"


def gif_frame(index, x=0, y=0, interlaced=False, clear=None, local=None):
    h, w = index.shape
    if interlaced:
        index = index[[*range(0, h, 8), *range(4, h, 8), *range(2, h, 4), *range(1, h, 2)]]
    control = b"" if clear is None else b"!\xf9\x04" + bytes([1, 10, 0, clear]) + b"\0"
    flags = 0x40 * interlaced | (0x87 if local is not None else 0)
    return control + b"," + struct.pack("<4HB", x, y, w, h, flags) + (b"" if local is None else colours(local)) + gif_data(index)


def colours(palette):
    return palette.tobytes() + bytes(768 - palette.size)


def gif(w, h, *frames, table=True, background=0, version=b"GIF89a"):
    return version + struct.pack("<HHBBB", w, h, 0xf7 if table else 0x70, background, 0) + (colours(PALETTE) if table else b"") + b"".join(frames) + b";"


def put(w, h, *placed):
    out = np.full((h, w, 3), 255, np.uint8)
    for a, x, y in placed:
        part = out[y:y + a.shape[0], x:x + a.shape[1]]
        part[:] = a[:part.shape[0], :part.shape[1]]
    return out


def make_gif():
    pal = PALETTE.copy()
    full = pal[INDEX]
    add("gif.gif", gif(W, H, gif_frame(INDEX)), full)
    add("gif-87.gif", gif(W, H, gif_frame(INDEX), version=b"GIF87a"), full)
    add("gif-interlaced.gif", gif(W, H, gif_frame(INDEX, interlaced=True)), full)
    add("gif-clear.gif", gif(W, H, gif_frame(INDEX, clear=1)), np.where((INDEX == 1)[..., None], 255, full).astype(np.uint8))
    add("gif-local-colours.gif", gif(W, H, gif_frame(INDEX, local=pal[::-1])), pal[::-1][INDEX])
    add("gif-no-global-colours.gif", gif(W, H, gif_frame(INDEX, local=pal), table=False), full)
    small = INDEX[:8, :10]
    add("gif-offset.gif", gif(W, H, gif_frame(small, 6, 3)), put(W, H, (pal[small], 6, 3)))
    add("gif-offset-background.gif", gif(W, H, gif_frame(small, 6, 3), background=2), put(W, H, (pal[small], 6, 3)))
    add("gif-moving.gif", gif(W, H, gif_frame(INDEX), gif_frame(3 - INDEX)), full)
    add("gif-junk-behind.gif", gif(W, H, gif_frame(INDEX)) + b"junk" * 20, full)
    # the screen grows by the first frame, as browsers have it
    add("gif-frame-larger.gif", gif(12, 9, gif_frame(INDEX)), full)
    add("gif-frame-wider.gif", gif(12, H, gif_frame(INDEX)), full)
    add("gif-frame-beyond.gif", gif(W, H, gif_frame(INDEX, 6, 3)), put(26, 15, (full, 6, 3)))
    add("gif-frame-beyond-interlaced.gif", gif(W, H, gif_frame(INDEX, 6, 3, interlaced=True)), put(26, 15, (full, 6, 3)))
    add("gif-frame-outside.gif", gif(W, H, gif_frame(small, 30, 30)), put(40, 38, (pal[small], 30, 30)))
    add("gif-screen-0.gif", gif(0, 0, gif_frame(INDEX)), full)
    add("gif-screen-0-wide.gif", gif(W, 0, gif_frame(INDEX)), full)
    add("gif-screen-0-offset.gif", gif(0, 0, gif_frame(small, 6, 3)), put(16, 11, (pal[small], 6, 3)))
    add("gif-second-larger.gif", gif(W, H, gif_frame(INDEX), gif_frame(np.zeros((20, 30), np.uint8))), full)
    add("gif-no-colours.gif", gif(W, H, gif_frame(INDEX), table=False), both="unreadable")
    add("gif-index-beyond-colours.gif", gif(W, H, gif_frame(np.where(INDEX == 3, 200, INDEX).astype(np.uint8))), np.where((INDEX == 3)[..., None], 0, full).astype(np.uint8))
    add("gif-frame-cut-short.gif", gif(W, H, b"," + struct.pack("<4HB", 0, 0, W, H, 0) + gif_data(INDEX[:6])), both="unreadable")


# BMP

def bmp_rows(a, bits, top_down):
    rows = []
    for row in a:
        flat = row.reshape(-1)
        if bits < 8:
            s = "".join(format(int(v), f"0{bits}b") for v in flat)
            s += "0" * (-len(s) % 8)
            r = bytes(int(s[i:i + 8], 2) for i in range(0, len(s), 8))
        else:
            r = flat.tobytes()
        rows.append(r + bytes(-len(r) % 4))
    return b"".join(rows if top_down else rows[::-1])


def bmp(data, bits, w=W, h=H, top_down=False, compression=0, masks=b"", palette=None, header=40, extra=b"", used=0, gap=b""):
    pal = b"" if palette is None else np.dstack([palette[:, ::-1].reshape(1, -1, 3), np.zeros((1, len(palette), 1), np.uint8)]).tobytes()
    info = struct.pack("<IiiHHIIiiII", header, w, -h if top_down else h, 1, bits, compression, len(data), 2835, 2835, used, 0)
    inside = masks + extra if header > 40 else b""
    info += inside + bytes(header - 40 - len(inside))
    table = (masks if header == 40 else b"") + pal + gap
    offset = 14 + len(info) + len(table)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + info + table + data


def bgr(a):
    return np.ascontiguousarray(a[..., ::-1])


def make_bmp():
    pal = np.vstack([PALETTE, np.zeros((252, 3), np.uint8)])
    add("bmp-24.bmp", bmp(bmp_rows(bgr(RGB), 24, False), 24), RGB)
    add("bmp-24-top-down.bmp", bmp(bmp_rows(bgr(RGB), 24, True), 24, top_down=True), RGB)
    add("bmp-24-odd.bmp", bmp(bmp_rows(bgr(scene(19, 11)), 24, False), 24, 19, 11), scene(19, 11))
    add("bmp-24-gap.bmp", bmp(bmp_rows(bgr(RGB), 24, False), 24, gap=bytes(10)), RGB)
    add("bmp-1.bmp", bmp(bmp_rows(INDEX & 1, 1, False), 1, palette=pal[:2]), PALETTE[INDEX & 1])
    add("bmp-4.bmp", bmp(bmp_rows(INDEX, 4, False), 4, palette=pal[:16]), PALETTE[INDEX])
    add("bmp-4-few-colours.bmp", bmp(bmp_rows(INDEX, 4, False), 4, palette=pal[:4], used=4), PALETTE[INDEX])
    add("bmp-8.bmp", bmp(bmp_rows(INDEX, 8, False), 8, palette=pal), PALETTE[INDEX])
    add("bmp-8-top-down.bmp", bmp(bmp_rows(INDEX, 8, True), 8, palette=pal, top_down=True), PALETTE[INDEX])
    add("bmp-8-few-colours.bmp", bmp(bmp_rows(INDEX, 8, False), 8, palette=pal[:4], used=4), PALETTE[INDEX])
    add("bmp-8-missing-colours.bmp", bmp(bmp_rows(np.where(INDEX == 3, 9, INDEX).astype(np.uint8), 8, False), 8, palette=pal[:4], used=4), np.where((INDEX == 3)[..., None], 0, PALETTE[INDEX]).astype(np.uint8))
    x = np.dstack([bgr(RGB), np.zeros((H, W), np.uint8)])
    add("bmp-32.bmp", bmp(bmp_rows(x, 32, False), 32), RGB)
    add("bmp-32-fourth-used.bmp", bmp(bmp_rows(np.dstack([bgr(RGB), A]), 32, False), 32), RGB)
    v4 = lambda *m: struct.pack("<4I", *m)
    add("bmp-32-alpha-v4.bmp", bmp(bmp_rows(np.dstack([bgr(RGB), A]), 32, False), 32, compression=3, header=108, masks=v4(0xff0000, 0xff00, 0xff, 0xff000000), extra=b"BGRs"), on_white(RGB, A), 1)
    add("bmp-32-alpha-v5.bmp", bmp(bmp_rows(np.dstack([bgr(RGB), A]), 32, False), 32, compression=3, header=124, masks=v4(0xff0000, 0xff00, 0xff, 0xff000000), extra=b"BGRs"), on_white(RGB, A), 1)
    add("bmp-32-bitfields.bmp", bmp(bmp_rows(np.dstack([RGB, np.zeros((H, W), np.uint8)]), 32, False), 32, compression=3, masks=struct.pack("<3I", 0xff, 0xff00, 0xff0000)), RGB)
    wide = (RGB[..., 0].astype(np.uint32) << 22 | RGB[..., 1].astype(np.uint32) << 12 | RGB[..., 2].astype(np.uint32) << 2)
    add("bmp-32-bitfields-10.bmp", bmp(bmp_rows(wide.astype("<u4"), 32, False), 32, compression=3, masks=struct.pack("<3I", 0x3ff00000, 0xffc00, 0x3ff)), RGB, 1)
    r5, g5, b5 = (RGB[..., i].astype(int) >> 3 for i in range(3))
    five = lambda v: ((v * 255 + 15) // 31)
    add("bmp-16.bmp", bmp(bmp_rows((r5 << 10 | g5 << 5 | b5).astype("<u2"), 16, False), 16), np.stack([five(r5), five(g5), five(b5)], -1).astype(np.uint8), 1)
    g6 = RGB[..., 1].astype(int) >> 2
    add("bmp-16-565.bmp", bmp(bmp_rows((r5 << 11 | g6 << 5 | b5).astype("<u2"), 16, False), 16, compression=3, masks=struct.pack("<3I", 0xf800, 0x7e0, 0x1f)), np.stack([five(r5), (g6 * 255 + 31) // 63, five(b5)], -1).astype(np.uint8), 1)
    add("bmp-32-alpha-v4-plain.bmp", bmp(bmp_rows(np.dstack([bgr(RGB), A]), 32, False), 32, header=108, masks=v4(0xff0000, 0xff00, 0xff, 0xff000000), extra=b"BGRs"), on_white(RGB, A), 1)
    add("bmp-32-alpha-none-v4.bmp", bmp(bmp_rows(x, 32, False), 32, compression=3, header=108, masks=v4(0xff0000, 0xff00, 0xff, 0xff000000), extra=b"BGRs"), np.full_like(RGB, 255))
    add("bmp-32-no-alpha-mask-v5.bmp", bmp(bmp_rows(np.dstack([bgr(RGB), A]), 32, False), 32, compression=3, header=124, masks=v4(0xff0000, 0xff00, 0xff, 0), extra=b"BGRs"), RGB)
    add("bmp-16-alpha-v4.bmp", bmp(bmp_rows((0x8000 | r5 << 10 | g5 << 5 | b5).astype("<u2"), 16, False), 16, compression=3, header=108, masks=v4(0x7c00, 0x3e0, 0x1f, 0x8000), extra=b"BGRs"), np.stack([five(r5), five(g5), five(b5)], -1).astype(np.uint8), 1)
    add("bmp-32-alpha-fields-40.bmp", bmp(bmp_rows(np.dstack([bgr(RGB), A]), 32, False), 32, compression=6, masks=v4(0xff0000, 0xff00, 0xff, 0xff000000)), on_white(RGB, A), 1)
    v4gamma = b"\0\0\0\0" + bytes(36) + struct.pack("<3I", 0x10000, 0x10000, 0x10000)
    add("bmp-24-v4-gamma-1.bmp", bmp(bmp_rows(bgr(RGB), 24, False), 24, header=108, masks=bytes(16), extra=v4gamma), RGB)
    rle8 = b"".join(b"".join(bytes([5, INDEX[y, 5 * i]]) for i in range(4)) + b"\0\0" for y in reversed(range(H))) + b"\0\1"
    add("bmp-8-rle.bmp", bmp(rle8, 8, compression=1, palette=pal), PALETTE[INDEX])
    raw8 = b"".join(bytes([0, W]) + INDEX[y].tobytes() + b"\0\0" for y in reversed(range(H))) + b"\0\1"
    add("bmp-8-rle-absolute.bmp", bmp(raw8, 8, compression=1, palette=pal), PALETTE[INDEX])
    rle4 = b"".join(b"".join(bytes([5, INDEX[y, 5 * i] * 17]) for i in range(4)) + b"\0\0" for y in reversed(range(H))) + b"\0\1"
    add("bmp-4-rle.bmp", bmp(rle4, 4, compression=2, palette=pal[:16]), PALETTE[INDEX])
    # a hole: the lower half is passed over
    hole = bytes([0, 2, 0, 6]) + b"".join(b"".join(bytes([5, INDEX[y, 5 * i]]) for i in range(4)) + b"\0\0" for y in reversed(range(6))) + b"\0\1"
    left = PALETTE[INDEX]
    left[6:] = 0
    left[:6] = PALETTE[INDEX][:6]
    add("bmp-8-rle-hole.bmp", bmp(hole, 8, compression=1, palette=pal), left)
    core = b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + 12) + struct.pack("<IHHHH", 12, W, H, 1, 24) + bmp_rows(bgr(RGB), 24, False)
    add("bmp-os2.bmp", core, RGB)
    core8 = b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + 12 + 768) + struct.pack("<IHHHH", 12, W, H, 1, 8) + bgr(pal[None])[0].tobytes() + bmp_rows(INDEX, 8, False)
    add("bmp-os2-8.bmp", core8, PALETTE[INDEX])
    jpeg = cjpeg()
    add("bmp-jpeg-inside.bmp", bmp(jpeg, 0, compression=4), both="unsupported")


# Odds and ends: what nobody should write and somebody does.

def idats(raw_rows, *sizes, level=6):
    z = zlib.compress(raw_rows, level)
    out, at = b"", 0
    for n in (*sizes, len(z)):
        out += chunk(b"IDAT", z[at:at + n])
        at += n
    return out


def png_of(head, body, before=b"", end=True):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + body + (chunk(b"IEND", b"") if end else b"")


def make_odd_png():
    head = struct.pack(">IIBBBBB", W, H, 8, 2, 0, 0, 0)
    rows = png_rows(RGB, 8)
    add("odd-png-many-idat.png", png_of(head, idats(rows, 1, 0, 7, 100)), RGB)
    add("odd-png-palette-beside-rgb.png", png_of(head, idats(rows), chunk(b"PLTE", PALETTE.tobytes())), RGB)
    broken = idats(rows)
    add("odd-png-idat-wrong-crc.png", png_of(head, broken[:-1] + bytes([broken[-1] ^ 1])), both="unreadable")
    z = zlib.compress(rows)
    add("odd-png-wrong-adler.png", png_of(head, chunk(b"IDAT", z[:-4] + b"abcd")), RGB, native="unreadable")
    add("odd-png-no-adler.png", png_of(head, chunk(b"IDAT", z[:-4])), RGB, native="unreadable")
    add("odd-png-more-rows.png", png_of(head, chunk(b"IDAT", zlib.compress(rows + b"\0" * 300))), RGB, native="unreadable")
    add("odd-png-fewer-rows.png", png_of(head, chunk(b"IDAT", zlib.compress(rows[:300]))), both="unreadable")
    add("odd-png-no-end.png", png_of(head, idats(rows), end=False), both="truncated")
    add("odd-png-junk-in-idat.png", png_of(head, chunk(b"IDAT", z + b"junk")), RGB)
    add("odd-png-cgbi.png", b"\x89PNG\r\n\x1a\n" + chunk(b"CgBI", bytes(4)) + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)[2:-4]) + chunk(b"IEND", b""), both="unreadable")
    add("odd-png-unknown-critical.png", png_of(head, idats(rows), chunk(b"ABCD", b"x")), RGB)
    add("odd-png-sbit-bkgd-phys.png", png(RGB, before=chunk(b"sBIT", b"\5\5\5") + chunk(b"bKGD", bytes(6)) + chunk(b"pHYs", bytes(9))), RGB)
    add("odd-png-bkgd-alpha.png", png(RGBA, 6, before=chunk(b"bKGD", bytes(6))), on_white(RGB, A), 1)
    xmp = b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description xmlns:tiff='http://ns.adobe.com/tiff/1.0/' tiff:Orientation='6'/></rdf:RDF></x:xmpmeta>"
    add("odd-png-xmp-orientation.png", png(RGB, before=chunk(b"iTXt", xmp)), RGB)
    plte = chunk(b"PLTE", PALETTE.tobytes())
    add("odd-png-index-beyond-palette.png", png(np.where(INDEX == 3, 9, INDEX), 3, 8, before=plte), PALETTE[INDEX])
    add("odd-png-more-alphas-than-colours.png", png(INDEX, 3, 8, before=plte + chunk(b"tRNS", bytes([255] * 6))), PALETTE[INDEX])
    add("odd-png-16-gray-alpha.png", png(np.dstack([GRAY.astype(np.uint16) * 257, A.astype(np.uint16) * 257]), 4, 16), on_white(three(GRAY), A), 1)
    deep = RGB.astype(np.uint16) * 257
    add("odd-png-16-clear.png", png(deep, depth=16, before=chunk(b"tRNS", struct.pack(">3H", *map(int, deep[5, 7])))), np.where((RGB == RGB[5, 7]).all(-1)[..., None], 255, RGB).astype(np.uint8))
    near = deep.copy()
    near[5, 7, 2] ^= 1
    add("odd-png-16-clear-nearly.png", png(near, depth=16, before=chunk(b"tRNS", struct.pack(">3H", *map(int, deep[5, 7])))), RGB)
    bits = (GRAY > 100).astype(np.uint8)
    add("odd-png-1-bit-clear-interlaced.png", png(bits, 0, 1, before=chunk(b"tRNS", b"\0\0"), interlace=True), np.full((H, W, 3), 255, np.uint8))
    add("odd-png-width-0.png", png_of(struct.pack(">IIBBBBB", 0, H, 8, 2, 0, 0, 0), idats(b"\0" * H)), both="too-small")
    add("odd-png-no-idat.png", png_of(head, b""), both="unreadable")
    add("odd-png-filter-9.png", png_of(head, idats(b"\x09" + rows[1:])), both="unreadable")
    add("odd-png-trns-wrong-crc.png", png(INDEX, 3, 8, before=plte + chunk(b"tRNS", bytes([0]))[:-1] + b"?"), PALETTE[INDEX], native="unreadable")


def make_odd_jpeg():
    base = cjpeg("-sample", "1x1")
    names = lambda raw, a, b, c: raw.replace(b"\x03\1\x11\0\2\x11\1\3\x11\1", bytes([3, a, 0x11, 0, b, 0x11, 1, c, 0x11, 1])).replace(b"\xff\xda\0\x0c\3\1\0\2\x11\3\x11", bytes([0xff, 0xda, 0, 12, 3, a, 0, b, 0x11, c, 0x11]))
    add("odd-jpeg-names-0-1-2.jpg", names(base, 0, 1, 2), seen(base), 2)
    add("odd-jpeg-names-0-1-2-no-jfif.jpg", without(names(base, 0, 1, 2), 0xe0), seen(base), 2)
    add("odd-jpeg-names-rgb-jfif.jpg", names(base, 82, 71, 66), seen(base), 2)
    add("odd-jpeg-names-5-6-7-no-jfif.jpg", without(names(base, 5, 6, 7), 0xe0), seen(base), 2)
    adobe = lambda t: segment(0xee, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, t))
    plain = without(base, 0xe0)
    add("odd-jpeg-adobe-2.jpg", behind_start(plain, adobe(2)), seen(base), 2)
    add("odd-jpeg-adobe-7.jpg", behind_start(plain, adobe(7)), seen(base), 2)
    add("odd-jpeg-adobe-short.jpg", behind_start(plain, segment(0xee, b"Adobe\0\x64")), seen(base), 2)
    add("odd-jpeg-adobe-0-names-rgb.jpg", behind_start(without(names(base, 82, 71, 66), 0xe0), adobe(1)), seen(base), 2)
    add("odd-jpeg-gray-adobe.jpg", behind_start(cjpeg("-grayscale"), adobe(0)), seen(cjpeg("-grayscale")), 2)
    at = base.index(b"\xff\xda")
    add("odd-jpeg-adobe-behind-frame.jpg", without(base[:at] + adobe(0) + base[at:], 0xe0), seen(without(base[:at] + adobe(0) + base[at:], 0xe0)), 2)
    y, x = np.mgrid[0:H, 0:W]
    cmyk = np.stack([x * 10, y * 15, 200 - x * 5, y * 5], -1).astype(np.uint8)
    for s in (1, 2):
        add(f"odd-jpeg-cmyk-subsampled-{s}.jpg", four(255 - cmyk, adobe=0, subsampling=s), ink(cmyk), 12, native="unsupported")
    add("odd-jpeg-cmyk-adobe-1.jpg", four(255 - cmyk, adobe=1), dark_of(255 - cmyk), 5)
    add("odd-jpeg-cmyk-exif-6.jpg", behind_start(four(255 - cmyk, adobe=0), jpeg_exif(exif(6))), turned(ink(cmyk), 6), 4)
    add("odd-jpeg-cmyk-jfif.jpg", behind_start(four(255 - cmyk, adobe=None), segment(0xe0, b"JFIF\0\1\1\0\0\1\0\1\0\0")), ink(cmyk), 4)
    add("odd-jpeg-comment.jpg", behind_start(base, segment(0xfe, b"hello")), seen(base), 2)
    add("odd-jpeg-junk-before.jpg", b"junk" + base, both="not-an-image")
    add("odd-jpeg-junk-between.jpg", base[:2] + b"junk" + base[2:], both="not-an-image")
    h = base.index(b"\xff\xc0")
    dnl = base[:h + 5] + b"\0\0" + base[h + 7:]
    add("odd-jpeg-height-0.jpg", dnl, both="too-small")
    rst = cjpeg("-sample", "1x1", "-restart", "1B")
    m = rst.index(b"\xff\xd0", rst.index(b"\xff\xda"))
    add("odd-jpeg-restart-missing.jpg", rst[:m] + rst[m + 2:], seen(rst[:m] + rst[m + 2:]), 3, native="unreadable")
    add("odd-jpeg-wide-restart.jpg", cjpeg("-sample", "2x2", "-restart", "1B", a=scene(64, 40)), seen(cjpeg("-sample", "2x2", "-restart", "1B", a=scene(64, 40))), 3)
    low = subprocess.run(["cjpeg", "-quality", "1"], input=ppm(RGB), capture_output=True).stdout
    add("odd-jpeg-quality-1.jpg", low, seen(low), 4)
    add("odd-jpeg-four-pixels-wide.jpg", cjpeg("-sample", "2x1", a=scene(9, 8)), seen(cjpeg("-sample", "2x1", a=scene(9, 8))), 3)
    jfxx = segment(0xe0, b"JFXX\0\x10" + base)
    f = base.index(b"\xff\xdb")
    add("odd-jpeg-jfxx-thumbnail.jpg", base[:f] + jfxx + base[f:], seen(base), 2)
    add("odd-jpeg-xmp-orientation.jpg", behind_start(base, segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description xmlns:tiff='http://ns.adobe.com/tiff/1.0/' tiff:Orientation='6'/></rdf:RDF></x:xmpmeta>")), seen(base), 2)


def make_odd_webp():
    lossless, lossy, clear = webp(RGB, lossless=True), webp(RGB, quality=95, method=6), webp(RGBA, lossless=True, exact=True)
    add("odd-webp-alpha-flag-alone.webp", extended(lossy, alpha=True), seen(lossy), 3)
    add("odd-webp-alpha-flag-lossless.webp", extended(lossless, alpha=True), RGB)
    add("odd-webp-alpha-without-flag.webp", extended(clear), on_white(RGB, A), 1)
    soft = webp(RGBA, quality=95, exact=True)
    soft_seen = np.asarray(Image.open(io.BytesIO(soft)).convert("RGBA"))
    add("odd-webp-lossy-alpha-without-flag.webp", extended(soft), on_white(soft_seen[..., :3], soft_seen[..., 3]), 3)
    add("odd-webp-junk-behind.webp", lossless + b"junk" * 10, RGB)
    add("odd-webp-unknown-chunk.webp", extended(lossless, before=[(b"abcd", b"123")]), RGB)
    add("odd-webp-xmp.webp", extended(lossless, after=[(b"XMP ", b"<x/>")]), RGB)
    add("odd-webp-other-size.webp", extended(lossless, 30, 30), both="unreadable")
    few = PALETTE[INDEX]
    add("odd-webp-palette.webp", webp(few, lossless=True), few)
    for q in (0, 100):
        raw = webp(scene(33, 17), quality=q)
        add(f"odd-webp-quality-{q}.webp", raw, seen(raw), 3)
    b = io.BytesIO()
    Image.fromarray(RGBA).save(b, "WEBP", save_all=True, append_images=[Image.fromarray(255 - RGBA)], duration=100, lossless=True, exact=True, background=(255, 0, 0, 255))
    add("odd-webp-animated-alpha.webp", b.getvalue(), on_white(RGB, A), 1)
    b = io.BytesIO()
    Image.fromarray(RGBA).save(b, "WEBP", save_all=True, append_images=[Image.fromarray(255 - RGBA)], duration=100, quality=95)
    first = np.asarray(Image.open(b).convert("RGBA"))
    add("odd-webp-animated-lossy-alpha.webp", b.getvalue(), on_white(first[..., :3], first[..., 3]), 3)


def make_odd_gif():
    pal = PALETTE
    full = pal[INDEX]
    body = gif(W, H, gif_frame(INDEX))
    add("odd-gif-no-trailer.gif", body[:-1], both="truncated")
    add("odd-gif-no-frames.gif", gif(W, H), both="unreadable")
    add("odd-gif-comment.gif", gif(W, H, b"!\xfe\5hello\0" + gif_frame(INDEX)), full)
    add("odd-gif-clear-beyond.gif", gif(W, H, gif_frame(INDEX, clear=250)), full)
    add("odd-gif-frame-0.gif", gif(W, H, b"," + struct.pack("<4HB", 0, 0, 0, 0, 0) + b"\x08\0"), np.full((H, W, 3), 255, np.uint8))
    add("odd-gif-interlaced-9-rows.gif", gif(W, 9, gif_frame(INDEX[:9], interlaced=True)), full[:9, 1:19])
    add("odd-gif-small-codes.gif", gif(W, H, b"," + struct.pack("<4HB", 0, 0, W, H, 0) + small_codes(INDEX)), full)
    add("odd-gif-exif.gif", gif(W, H, b"!\xff\x0bXMP DataXMP" + b"\x04<x/>" + b"\0" + gif_frame(INDEX)), full)


def small_codes(index):
    """Two bits of colour, a clear code before each, so that codes stay three bits wide."""
    bits, at = 0, 0
    for v in index.reshape(-1):
        for code in (4, int(v)):
            bits |= code << at
            at += 3
    bits |= 5 << at
    raw = bits.to_bytes((at + 3 + 7) // 8, "little")
    return b"\x02" + b"".join(bytes([len(raw[i:i + 255])]) + raw[i:i + 255] for i in range(0, len(raw), 255)) + b"\0"


def make_odd_bmp():
    pal = np.vstack([PALETTE, np.zeros((252, 3), np.uint8)])
    rows = bmp_rows(bgr(RGB), 24, False)
    add("odd-bmp-header-52.bmp", bmp(rows, 24, header=52, masks=bytes(12)), RGB)
    add("odd-bmp-header-56.bmp", bmp(rows, 24, header=56, masks=bytes(16)), RGB)
    add("odd-bmp-header-64.bmp", bmp(rows, 24, header=64, masks=bytes(16)), RGB)
    add("odd-bmp-2-bits.bmp", bmp(bmp_rows(INDEX, 2, False), 2, palette=pal[:4]), PALETTE[INDEX])
    whole = bmp(rows, 24)
    add("odd-bmp-file-size-0.bmp", whole[:2] + bytes(4) + whole[6:], RGB)
    add("odd-bmp-file-size-large.bmp", whole[:2] + struct.pack("<I", 10 ** 6) + whole[6:], RGB)
    add("odd-bmp-too-many-colours.bmp", bmp(bmp_rows(INDEX, 8, False), 8, palette=pal, used=1000), PALETTE[INDEX])
    add("odd-bmp-last-row-missing.bmp", bmp(rows[:-60], 24), both="truncated")
    rle = b"".join(b"".join(bytes([5, INDEX[y, 5 * i]]) for i in range(4)) + b"\0\0" for y in range(H)) + b"\0\1"
    add("odd-bmp-rle-top-down.bmp", bmp(rle, 8, compression=1, palette=pal, top_down=True), PALETTE[INDEX])
    add("odd-bmp-rle-too-long.bmp", bmp(b"".join(bytes([30, INDEX[y, 0]]) + b"\0\0" for y in reversed(range(H))) + b"\0\1", 8, compression=1, palette=pal), np.repeat(PALETTE[INDEX[:, :1]], W, 1))
    add("odd-bmp-rle-no-end.bmp", bmp(rle[:-2], 8, compression=1, palette=pal), both="unreadable")
    add("odd-bmp-masks-0.bmp", bmp(bmp_rows(np.dstack([bgr(RGB), A]), 32, False), 32, compression=3, masks=bytes(12)), np.zeros_like(RGB))
    x = np.dstack([bgr(RGB), A])
    v4 = struct.pack("<4I", 0xff000000, 0xff0000, 0xff00, 0xff)
    add("odd-bmp-rgba-order.bmp", bmp(bmp_rows(np.dstack([A, bgr(RGB)]), 32, False), 32, compression=3, header=108, masks=v4, extra=b"BGRs"), on_white(RGB, A), 1)
    add("odd-bmp-24-fields.bmp", bmp(rows, 24, compression=3, masks=struct.pack("<3I", 0xff0000, 0xff00, 0xff)), RGB)
    add("odd-bmp-3-bits.bmp", bmp(bmp_rows(INDEX, 4, False), 3, palette=pal[:8]), both="unreadable")


def make_browsers_own():
    """What only a browser reads."""
    with tempfile.TemporaryDirectory() as d:
        run = lambda *words: subprocess.run(["ffmpeg", "-v", "error", *words], check=True)
        open(f"{d}/a.ppm", "wb").write(ppm(RGB))
        run("-i", f"{d}/a.ppm", "-c:v", "libaom-av1", "-still-picture", "1", "-crf", "5", "-pix_fmt", "yuv444p", f"{d}/a.avif")
        add("avif.avif", open(f"{d}/a.avif", "rb").read(), RGB, 12, native="not-an-image")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="12"><rect width="10" height="12" fill="#c81e5a"/></svg>'
    add("svg.svg", svg.encode(), both="not-an-image")  # the page draws it before any decoder sees it


make_png(), make_jpeg(), make_webp(), make_gif(), make_bmp(), make_browsers_own()
make_odd_png(), make_odd_jpeg(), make_odd_webp(), make_odd_gif(), make_odd_bmp()
os.makedirs(f"{HERE}/files", exist_ok=True)
for old in os.listdir(f"{HERE}/files"):
    os.remove(f"{HERE}/files/{old}")
for name, raw in files.items():
    open(f"{HERE}/files/{name}", "wb").write(raw)
with open(f"{HERE}/expected.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
print(len(files), "files,", sum(map(len, files.values())), "bytes")
