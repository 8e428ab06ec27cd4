-- Every character up to 0x3000 but zero: the first ones one a row, the rest 64 a row.
INSERT INTO item SELECT i, 'tenant-a', chr(i) FROM generate_series(1, 255) AS i;
INSERT INTO item SELECT 1000 + i / 64, 'tenant-a', string_agg(chr(i), '' ORDER BY i)
FROM generate_series(256, 12288) AS i GROUP BY i / 64;
INSERT INTO item VALUES
  (20001, 'tenant-a', ''), (20002, 'tenant-a', NULL), (20003, 'tenant-a', '\N'), (20004, 'tenant-a', 'NULL'),
  (20005, 'tenant-a', '\.'), (20006, 'tenant-a', E'\\.\n\\.'), (20007, 'tenant-a', E'a\tb\nc\rd\r\ne\\f\bg\vh\fi'),
  (20008, 'tenant-a', 'it''s "quoted", (bracketed) and {braced}'), (20009, 'tenant-a', U&'\+01F600\+01F468\200D\+01F469\200D\+01F467'),
  (20010, 'tenant-a', U&'e\0301'), (20011, 'tenant-a', U&'\00E9'), (20012, 'tenant-a', U&'\FFFD\FEFF\FFFE\+10FFFF'),
  (20013, 'tenant-a', U&'\202Eright to left\202C'), (20014, 'tenant-a', '$$ $1 %s ? :name ${x} -- /* */'), (20015, 'tenant-b', 'stays');
