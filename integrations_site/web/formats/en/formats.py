"""Dates as ISO 8601 writes them: nobody has to guess which number is the month. Instants are in UTC."""

DATE_FORMAT = SHORT_DATE_FORMAT = "Y-m-d"
TIME_FORMAT = "H:i:s"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = r"Y-m-d H:i:s \U\T\C"
DATE_INPUT_FORMATS = ["%Y-%m-%d"]
