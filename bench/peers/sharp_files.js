// sharp as documented: one pipeline per size, rotated, with shrink-on-load.
// Reads jobs as JSON lines {file, width, height, out, format, quality}.
import { createInterface } from 'node:readline'
import sharp from 'sharp'

for await (const line of createInterface({ input: process.stdin })) {
  const { file, width, height, out, format, quality } = JSON.parse(line)
  await sharp(file, { failOn: 'none' })
    .rotate()
    .resize(width, height, { fit: 'fill' })
    .toFormat(format, format === 'png' ? {} : { quality }) // a PNG's quality means few colours
    .toFile(out)
}
