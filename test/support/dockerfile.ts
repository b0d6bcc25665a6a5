/** One instruction of a Dockerfile; continued lines are joined, comments gone. */
export interface Instruction {
  readonly word: string
  readonly rest: string
  /** Name or number of the build stage it belongs to. */
  readonly stage: string
}

/** Reads a Dockerfile's instructions in order. */
export function parseDockerfile(text: string): readonly Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
  let stage = ''
  let count = 0
  return lines.map((line) => {
    const [, word = '', rest = ''] = /^\s*(\S+)\s*(.*)$/.exec(line) ?? []
    if (word === 'FROM') stage = / AS (\S+)/i.exec(rest)?.[1] ?? String(count++)
    return { word, rest: rest.trim(), stage }
  })
}

/** Sources and target of a COPY; `from` when they come from an earlier stage. */
export function copyOf({ rest }: Instruction): {
  readonly from?: string
  readonly sources: readonly string[]
  readonly target: string
} {
  const words = rest.split(/\s+/)
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length)
  const paths = words.filter((word) => !word.startsWith('--'))
  return {
    ...(from === undefined ? {} : { from }),
    sources: paths.slice(0, -1),
    target: paths.at(-1) ?? '',
  }
}
