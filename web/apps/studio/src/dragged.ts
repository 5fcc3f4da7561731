/** The type under which a dragged source carries its id. */
export const DRAGGED = 'application/x-plenary-source';
