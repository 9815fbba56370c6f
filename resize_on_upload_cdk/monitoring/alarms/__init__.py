"""The alarms, and the texts of their e-mails."""
