// Writes goldens.json: what Hugging Face's tokenizers make of some strings with each tokenizer.json here.
//
//   npm install --prefix /tmp/hf tokenizers@0.23.2
//   WRITE_TOKENIZERS=1 go test ./core/token -run TestEncodingsAreThoseOfHuggingFace
//   node core/token/testdata/golden.mjs /tmp/hf
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const { Tokenizer } = createRequire(process.argv[2] + "/")("tokenizers");
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const texts = [
  "", " ", "Hello, world!", "  two  spaces  ", "tabs\tand\nlines\r\nand\r", "the people of the United States",
  "Don't, can't; we're I've I'm she'll he'd", "DON'T 'tis 'S 'LL", "it’s “quoted” — dashed – … done", "e-mail@example.com/a?b=c&d=e",
  "3.14159 1,000,000 $5 50% #1", "x1y2 a_b C++ x=y", "café CAFÉ naïve Größe", "cafe\u0301 n\u0303o a\u0308\u0323", "\u0301alone \u0301 .\u0301", "İstanbul ISTANBUL ıi",
  "ΑΒΓ Σίσυφος ΣΑΣ", "Ελληνικά; \u037e \u1fef", "Привет, МИР! йогурт", "你好，世界。国会议员", "mixed中文and英文text", "豈更 \uf900 \u2f800", "東京タワー ひらがな カタカナ がぎぐ ガ",
  "한국어 문장입니다", "สวัสดีครับ แมวนอน", "नमस्ते दुनिया", "שָׁלוֹם עולם", "مرحبا بالعالم ١٢٣", "Tiếng Việt ở đây", "ﬁne ﬂow ½ ² Ⅷ ① ™", "≠ ≮ ≯ = <>", "a\u0000b\u0001c\u007fd\u0085e\ufffdf",
  "soft\u00adhyphen zero\u200bwidth join\u200dner \ufeffbom", "nb\u00a0sp em\u2003sp id\u3000sp line\u2028sep para\u2029sep v\u000bt f\u000cf", "👍 👍🏽 👨‍👩‍👧 🇩🇪", "\ud83d\ude00\ud83d\ude00smile😀", "a [MASK] here", "[CLS] a [SEP] b [PAD][UNK]", "[mask] [Mask [MASK", "[MASK][MASK] [MASK]",
  "a".repeat(100), "a".repeat(101), "é".repeat(100), "é".repeat(101), "ab".repeat(49) + " end", "people".repeat(30), " ".repeat(60) + "x", "\n\n\nx\n\n y \n", "!!! ??? ... !?", "(a) [b] {c} <d>",
  "`code` ~tilde^ |pipe| \\slash", "£5 €6 ¥7 © ® § ¶ † ‡", "¿Qué? ¡Sí! «oui» „ja“", "ŐŰ őű Łódź Żółć ø Ø đ Đ", "Æsir œuvre ß ẞ", "ǅ Ǆ ǆ ŉ", "\u1e9b\u0323 \u212b \u2126 \u00c5", "zz qq xx jj", "Constitution constitutional unconstitutionally", "1st 2nd 3rd 10th 1945", "a  b   c    d", " 's 't're", "we 've", "\u0e33 \u0eb3", "\u{1d165} \u302e \u{16fe0}",
];

const goldens = {};
for (const name of ["wordpiece", "wordpiece-cased", "bpe", "bpe-spaces"]) {
  const raw = readFileSync(here(name + ".json"), "utf8");
  const t = Tokenizer.fromString(raw);
  goldens[name] = [];
  for (const text of texts) {
    const e = await t.encode(text, null, { addSpecialTokens: false });
    goldens[name].push([text, e.getIds().join(" ")]);
  }
  const both = await t.encode("the people", "of the union");
  goldens[name + " framed"] = [["the people|of the union", both.getIds().join(" ") + " / " + both.getTypeIds().join(" ")]];
}
writeFileSync(here("goldens.json"), JSON.stringify(goldens, null, 1) + "\n");
