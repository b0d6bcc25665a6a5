/** The same function of a value that nobody changes, which is worked out once as long as the value is there. */
export function once<Given extends object, Made>(
  make: (given: Given) => Made,
): (given: Given) => Made {
  const known = new WeakMap<Given, Made>()
  return (given) => {
    const found = known.get(given)
    if (found !== undefined || known.has(given)) return found as Made
    const made = make(given)
    known.set(given, made)
    return made
  }
}

/** The same of a text. At most so many are kept: then it begins anew. */
export function onceByText<Made>(
  most: number,
  make: (text: string) => Made,
): (text: string) => Made {
  const known = new Map<string, Made>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    if (known.size >= most) known.clear()
    const made = make(text)
    known.set(text, made)
    return made
  }
}
