const VARIABLE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]{0,127})\}/g
const ALONE = /^\$\{[A-Za-z_][A-Za-z0-9_]{0,127}\}$/
const MAX_LENGTH = 64 * 1024

export type Substituted =
  /** `beside`: the text without its variables, where it has some. */
  { readonly text: string; readonly beside?: string } | { readonly issue: string }

/**
 * Puts variables in place of `${NAME}`; `$${` stands for `${`. Anything else in braces (`${{ … }}`, `${process.env}`) is
 * text: there is no evaluator (ATTACKS 38).
 */
export function substitute(
  text: string,
  variables: { readonly [name: string]: string },
): Substituted {
  if (!text.includes('${')) return { text }
  const unknown: string[] = []
  const result = text.replace(VARIABLE, (match, name: string | undefined) => {
    if (name === undefined) return '${'
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (value === undefined) unknown.push(name)
    return value ?? match
  })
  if (unknown.length > 0) {
    const names = [...new Set(unknown)].slice(0, 5).join(', ')
    return {
      issue: `no variable ${names} is defined in the Application (write $\${NAME} for the text itself)`,
    }
  }
  if (result.length > MAX_LENGTH) return { issue: 'the text is too long with its variables' }
  return {
    text: result,
    beside: text.replace(VARIABLE, (_, name) => (name === undefined ? '${' : '')),
  }
}

/** The text that `substitute` makes this one of. */
export function literal(text: string): string {
  return text.replaceAll('${', () => '$${')
}

/** Whether a scalar is one variable and nothing else: unquoted, it takes the type its value would have in YAML. */
export function isVariable(text: string): boolean {
  return ALONE.test(text)
}

/** The value an unquoted YAML scalar has: true, false, a decimal number, or the text itself. */
export function plainValue(text: string): boolean | number | string {
  if (text === 'true') return true
  if (text === 'false') return false
  return /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/.test(text) ? Number(text) : text
}
