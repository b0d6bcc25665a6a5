import { text } from '../../kinds/fields/fields.ts'

/** The name that the controller's configuration gives a host. An address is refused here: manifests choose none (ATTACKS 60). */
export function hostName() {
  return text(63, (name) =>
    /^[a-z0-9][a-z0-9-]*$/.test(name)
      ? undefined
      : 'must be the name of a host from the controller\'s configuration (a-z, 0-9, "-"), never an address',
  )
}
