INSERT INTO item VALUES
  (1, 'tenant-a', '\x00'),
  (3, 'tenant-a', '\x'),
  (5, 'tenant-a', decode(repeat('00ff0a0d5c27', 1000), 'hex')),
  (7, 'tenant-a', set_byte('\x00000000', 2, 255)),
  (1001, 'tenant-a', NULL),
  (1003, 'tenant-b', '\x00');
