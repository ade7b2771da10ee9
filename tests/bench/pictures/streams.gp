# SPDX-License-Identifier: MIT
set terminal pngcairo size 800,500 font "sans,11"
set output "streams.png"
set title "CPU time of an event over streams at once, one thread, one event per write"
set xlabel "streams at once"
set ylabel "microseconds"
set logscale x
set grid
set key top left
set yrange [0:*]
plot "streams.dat" using 1:2 with linespoints pt 7 lc rgb "#999999" \
         title "libcurl alone", \
     "" using 1:3 with linespoints pt 7 lc rgb "#1f77b4" title "libchutes"
