# SPDX-License-Identifier: MIT
set terminal pngcairo size 1100,600 font "sans,11"
set output "shapes.png"
set title "CPU time of an event, 50 events per write"
set xlabel "shape of the chunks"
set ylabel "microseconds per event"
set logscale y
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9
set grid ytics
set xtics rotate by -35
set key outside top center horizontal
set format y "%g"
set yrange [0.05:*]
set datafile missing "-"
plot "shapes.dat" using 2:xtic(1) title "libcurl alone" lc rgb "#999999", \
     "" using 3 title "libchutes" lc rgb "#1f77b4", \
     "" using 4 title "libcurl + yyjson" lc rgb "#2ca02c", \
     "" using 5 title "libcurl + cJSON" lc rgb "#d62728"
