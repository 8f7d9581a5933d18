"""The recorder process: journals into the database, retention."""
