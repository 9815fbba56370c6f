// sharp, two ways. As documented: one pipeline per size, each with shrink-on-load. Tuned
// (argument "tuned"): one decode to the largest size, raw, and the others from that.
// Jobs and answers: see __init__.py.
import { createInterface } from 'node:readline'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'

sharp.cache(false)
sharp.concurrency(Number(process.env.CORES ?? 1))

const encoded = (image, { format, quality }) =>
  (format === 'jpeg' || format === 'webp' ? image.toFormat(format, { quality }) : image.toFormat(format)).toBuffer()

const documented = (blob, job) =>
  Promise.all(job.sizes.map(([width, height]) =>
    encoded(sharp(blob, { animated: job.animated, failOn: 'none' }).rotate().resize(width, height, { fit: 'fill' }), job)))

async function tuned (blob, job) {
  const [width, height] = job.sizes.reduce((a, b) => (b[0] * b[1] > a[0] * a[1] ? b : a))
  const { data, info } = await sharp(blob, { failOn: 'none' })
    .rotate().resize(width, height, { fit: 'fill' }).raw().toBuffer({ resolveWithObject: true })
  const raw = { width: info.width, height: info.height, channels: info.channels }
  return Promise.all(job.sizes.map(([w, h]) => {
    const image = sharp(data, { raw })
    return encoded(w === width && h === height ? image : image.resize(w, h, { fit: 'fill' }), job)
  }))
}

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line)
  const blob = readFileSync(job.file)
  const resize = process.argv[2] === 'tuned' && !job.animated ? tuned : documented
  const cpu = process.cpuUsage()
  const start = performance.now()
  const results = await resize(blob, job)
  const wall = performance.now() - start
  const used = process.cpuUsage(cpu)
  const bytes = results.reduce((sum, { length }) => sum + length, 0)
  if (job.out) results.forEach((body, number) => writeFileSync(join(job.out, String(number)), body))
  process.stdout.write(JSON.stringify({ wall, cpu: (used.user + used.system) / 1000, bytes }) + '\n')
}
