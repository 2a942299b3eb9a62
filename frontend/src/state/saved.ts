/** Searches that people keep in their browser, by name. */

export interface Saved {
  name: string;
  /** Of the Explorer's address. */
  query: string;
}

const KEY = "geodata-searches";
const MOST = 50;

/** What is stored may be anyone's: what can't be understood is left out. */
export function savedSearches(storage: Storage = localStorage): Saved[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isSaved).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

function isSaved(value: unknown): value is Saved {
  const { name, query } = (value ?? {}) as Partial<Saved>;
  return typeof name === "string" && typeof query === "string" && query.startsWith("?v=");
}

/** The newest first; one of the same name gives way. Returns what is kept now. */
export function saveSearch(search: Saved, storage: Storage = localStorage): Saved[] {
  return keep([search, ...savedSearches(storage).filter(({ name }) => name !== search.name)], storage);
}

export function forgetSearch(name: string, storage: Storage = localStorage): Saved[] {
  return keep(
    savedSearches(storage).filter((each) => each.name !== name),
    storage,
  );
}

function keep(searches: Saved[], storage: Storage): Saved[] {
  const kept = searches.slice(0, MOST);
  try {
    storage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // A full or forbidden storage keeps nothing; what is on the screen stays.
  }
  return kept;
}
