const frameBytesMax = 64 * 1024 * 1024

/** A message as the runner reads it: four bytes of length, then JSON. */
export function encodeFrame(message: unknown): Buffer {
  const content = Buffer.from(JSON.stringify(message))
  const size = Buffer.alloc(4)
  size.writeUInt32BE(content.byteLength)
  return Buffer.concat([size, content])
}

/** Takes chunks as they come and hands on each whole message. Throws on a frame beyond 64 MiB. */
export function createFrameReader(onMessage: (message: unknown) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = []
  let bytes = 0
  let wanted = 4

  function joined(): Buffer {
    const whole = chunks.length === 1 ? chunks[0] : undefined
    return whole ?? Buffer.concat(chunks)
  }

  return (chunk) => {
    chunks.push(chunk)
    bytes += chunk.byteLength
    while (bytes >= wanted) {
      const buffer = joined()
      const end = 4 + buffer.readUInt32BE()
      if (end > frameBytesMax) throw new RangeError(`A frame of ${end} bytes`)
      if (bytes >= end) {
        onMessage(JSON.parse(buffer.toString('utf8', 4, end)))
        chunks = [buffer.subarray(end)]
        bytes -= end
        wanted = 4
      } else {
        chunks = [buffer]
        wanted = end
      }
    }
  }
}
