/** The same function of a value that nobody changes, which is worked out once as long as the value is there. */
export function once<Given extends object, Made>(
  make: (given: Given) => Made,
): (given: Given) => Made {
  const known = new WeakMap<Given, { readonly made: Made }>()
  return (given) => {
    const found = known.get(given) ?? { made: make(given) }
    known.set(given, found)
    return found.made
  }
}
