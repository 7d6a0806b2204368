(type $operation (func))
(memory (export "memory") 16 128)
;; What is left of the script, and where lists that the host gives go: anew for each call, behind the script.
(global $at (mut i32) (i32.const 0))
(global $end (mut i32) (i32.const 0))
(global $heap (mut i32) (i32.const 0x20000))
(global $free (mut i32) (i32.const 0x20000))
;; The string that a pointer was made to last.
(global $string (mut i32) (i32.const 0))

(func (export "cabi_realloc") (param $old i32) (param $from i32) (param $align i32) (param $size i32) (result i32)
  (local $place i32)
  (local.set $place (i32.and (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
                             (i32.sub (i32.const 0) (local.get $align))))
  (global.set $heap (i32.add (local.get $place) (local.get $size)))
  (block $room
    (br_if $room (i32.le_u (global.get $heap) (i32.shl (memory.size) (i32.const 16))))
    (br_if $room (i32.ne (i32.const -1)
      (memory.grow (i32.add (i32.const 1) (i32.sub (i32.shr_u (global.get $heap) (i32.const 16)) (memory.size))))))
    unreachable)
  (local.get $place))

(func $begin (param $path i32) (param $length i32)
  (global.set $at (i32.add (local.get $path) (i32.const 1)))
  (global.set $end (i32.add (local.get $path) (local.get $length)))
  (global.set $free (i32.add (global.get $end) (i32.const 16)))
  ;; Behind the strings what any of them may hold.
  (memory.fill (i32.const 0x400) (i32.const 97) (i32.const 0xfc00))
  (global.set $heap (global.get $free)))

(func $digit (param $character i32) (result i32)
  (i32.sub (local.get $character)
    (select (i32.const 87) (i32.const 48) (i32.ge_u (local.get $character) (i32.const 97)))))

;; The next byte of the script, 0 behind its end.
(func $next (result i32)
  (local $here i32)
  (local.set $here (global.get $at))
  (if (i32.ge_u (i32.add (local.get $here) (i32.const 1)) (global.get $end))
    (then (global.set $at (global.get $end)) (return (i32.const 0))))
  (global.set $at (i32.add (local.get $here) (i32.const 2)))
  (i32.or (i32.shl (call $digit (i32.load8_u (local.get $here))) (i32.const 4))
          (call $digit (i32.load8_u offset=1 (local.get $here)))))

(func $wide (result i32)
  (i32.or (i32.shl (call $next) (i32.const 8)) (call $next)))

;; Small ones, powers of two, negative ones, and those of 16 bits.
(func $number (result i32)
  (local $byte i32)
  (local.set $byte (call $next))
  (block $wide (block $negative (block $power (block $small
    (br_table $small $power $negative $wide (i32.and (local.get $byte) (i32.const 3))))
    (return (i32.shr_u (local.get $byte) (i32.const 2))))
    (return (i32.shl (i32.const 1) (i32.shr_u (local.get $byte) (i32.const 3)))))
    (return (i32.sub (i32.const 0) (i32.shr_u (local.get $byte) (i32.const 2)))))
  (call $wide))

;; One of so many; at times any number.
(func $case (param $count i32) (result i32)
  (local $byte i32)
  (local.set $byte (call $next))
  (if (i32.ge_u (local.get $byte) (i32.const 255)) (then (return (call $number))))
  (i32.rem_u (local.get $byte) (local.get $count)))

(func $ring (param $resource i32) (param $place i32) (result i32)
  (i32.add (i32.const 0x10000)
    (i32.add (i32.shl (local.get $resource) (i32.const 6)) (i32.shl (local.get $place) (i32.const 2)))))

;; A handle of the resource, 0 where there is none there; at times any number.
(func $pick (param $resource i32) (result i32)
  (local $byte i32)
  (local.set $byte (call $next))
  (if (i32.ge_u (local.get $byte) (i32.const 255)) (then (return (call $number))))
  (i32.load (call $ring (local.get $resource) (i32.and (local.get $byte) (i32.const 7)))))

;; The same, and it is forgotten.
(func $take (param $resource i32) (result i32)
  (local $byte i32) (local $place i32)
  (local.set $byte (call $next))
  (if (i32.ge_u (local.get $byte) (i32.const 255)) (then (return (call $number))))
  (local.set $place (call $ring (local.get $resource) (i32.and (local.get $byte) (i32.const 7))))
  (i32.load (local.get $place))
  (i32.store (local.get $place) (i32.const 0)))

;; Remembers a handle, in place of the one before eight others.
(func $put (param $resource i32) (param $handle i32)
  (local $cursor i32)
  (local.set $cursor (call $ring (local.get $resource) (i32.const 8)))
  (i32.store (call $ring (local.get $resource) (i32.load (local.get $cursor))) (local.get $handle))
  (i32.store (local.get $cursor) (i32.and (i32.add (i32.load (local.get $cursor)) (i32.const 1)) (i32.const 7))))

(func $pointer (result i32)
  (local $byte i32)
  (local.set $byte (call $next))
  (global.set $string (i32.shl (i32.and (local.get $byte) (i32.const 15)) (i32.const 6)))
  (if (i32.ge_u (local.get $byte) (i32.const 255)) (then (global.set $string (call $number))))
  (global.get $string))

;; That of the string, or any.
(func $length (result i32)
  (local $byte i32) (local $place i32)
  (local.set $byte (call $next))
  (if (i32.ge_u (local.get $byte) (i32.const 255)) (then (return (call $number))))
  (if (i32.ge_u (local.get $byte) (i32.const 200))
    (then (return (i32.shl (i32.and (local.get $byte) (i32.const 31)) (i32.const 11)))))
  (local.set $place (global.get $string))
  (block $found (loop $more
    (br_if $found (i32.ge_u (local.get $place) (i32.const 0x400)))
    (br_if $found (i32.eqz (i32.load8_u (local.get $place))))
    (local.set $place (i32.add (local.get $place) (i32.const 1)))
    (br $more)))
  (i32.sub (local.get $place) (global.get $string)))
