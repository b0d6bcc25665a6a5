/** How a fault is written on a command line. */
export const FAULT_FORM =
  'Name:option=value,… with endpoint, deployment, method, resource, count, retryAfterSeconds, delayMs, percent, status, code, factor, field, value'
