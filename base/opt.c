/* summary: placeholder */
