/** Whether two values are stored alike: the order of an object's keys does not count, since the database keeps none. */
export function equal(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    return Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((item, index) => equal(item, other[index]));
  }
  return equalObjects(one as Record<string, unknown>, other as Record<string, unknown>);
}

/** A key without a value is none: JSON leaves it out. */
function equalObjects(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => equal(one[key], other[key]));
}
