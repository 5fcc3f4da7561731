/** The numbers of a unit in the order in which tables show them. */
export const COLUMNS = ['expected', 'here', 'came', 'late', 'left', 'missing', 'excused'] as const;
