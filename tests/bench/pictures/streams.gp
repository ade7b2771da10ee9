# SPDX-License-Identifier: MIT
set terminal pngcairo size 800,500 font "sans,11"
set output "streams.png"
set title "CPU time of an event over streams at once, one thread, one event per write"
set xlabel "streams at once"
set ylabel "microseconds per event"
set logscale xy
set xrange [0.8:12500]
set xtics ("1" 1, "10" 10, "100" 100, "1,000" 1000, "10,000" 10000)
set format y "%g"
set grid
set key top left
set yrange [1:*]
plot "streams.dat" using 1:2 with linespoints pt 7 lc rgb "#999999" \
         title "libcurl alone", \
     "" using 1:3 with linespoints pt 7 lc rgb "#1f77b4" title "libchutes"
