type Paint = (text: string) => string

/** The few ways of standing out; all are plain where there is no terminal or NO_COLOR is set. */
export interface Style {
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly green: Paint
  readonly yellow: Paint
}

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
} as const

/** What styles begin and end with. */
export const SEQUENCES: readonly string[] = [...new Set(Object.values(CODES).flat())].map(sequence)

export function styleFor(color: boolean): Style {
  const paint = ([on, off]: readonly [number, number]): Paint => {
    return (text) => (color ? `${sequence(on)}${text}${sequence(off)}` : text)
  }
  return {
    bold: paint(CODES.bold),
    dim: paint(CODES.dim),
    red: paint(CODES.red),
    green: paint(CODES.green),
    yellow: paint(CODES.yellow),
  }
}

function sequence(code: number): string {
  return `\u001b[${code}m`
}
