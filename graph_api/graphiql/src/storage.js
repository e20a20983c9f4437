// GraphiQL's own keys are the same on every project a developer serves from this origin, and tabs stored by another
// one would hide ours.
const PREFIX = 'meshweave:';

const ownKeys = () => Object.keys(localStorage).filter(key => key.startsWith(PREFIX));

export const storage = {
  getItem: key => localStorage.getItem(PREFIX + key),
  setItem: (key, value) => localStorage.setItem(PREFIX + key, value),
  removeItem: key => localStorage.removeItem(PREFIX + key),
  clear: () => ownKeys().forEach(key => localStorage.removeItem(key)),
  get length() {
    return ownKeys().length;
  },
};
