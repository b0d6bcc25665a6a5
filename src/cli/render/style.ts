type Paint = (text: string) => string

/** The few ways of standing out; all are plain where there is no terminal or NO_COLOR is set. */
export interface Style {
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly green: Paint
  readonly yellow: Paint
}

export function styleFor(color: boolean): Style {
  const sgr =
    (on: number, off: number): Paint =>
    (text) =>
      color ? `\u001b[${on}m${text}\u001b[${off}m` : text
  return {
    bold: sgr(1, 22),
    dim: sgr(2, 22),
    red: sgr(31, 39),
    green: sgr(32, 39),
    yellow: sgr(33, 39),
  }
}
