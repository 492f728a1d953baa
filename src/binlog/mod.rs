//! The binary log in MySQL's own format: events, row images, files, index, reader, repair of a torn tail.
