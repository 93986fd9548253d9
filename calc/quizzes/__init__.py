"""Quizzes: a question with blanks to be filled in, and what is to be said of each answer, known beforehand."""
