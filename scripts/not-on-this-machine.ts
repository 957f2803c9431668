/** The status of a script that cannot run here, for want of a program: it has neither passed nor failed. */
export const notOnThisMachine = 77
