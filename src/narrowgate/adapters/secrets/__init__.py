"""Secret references: env://, file://."""
